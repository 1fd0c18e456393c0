import { resolve } from "node:path";

/** Absolute path of this clone: the value of the label `dive.root` on everything its stacks make. */
export const ROOT = resolve(import.meta.dirname, "../..");

/** Folder for what a test run leaves to look at (screenshots); git-ignored. */
export const REPORTS = resolve(ROOT, "tests/reports");

/**
 * The folder that stands in for `.dive` while tests use a stack: its state, passphrase and CA.
 * One per use, git-ignored, apart from the user's own `.dive`, so that `./dive nuke` of the dev stack
 * and a running test never meet and a leftover can be deleted as a whole.
 *
 * @param use name of the stack, or of the test when it needs a folder of its own
 */
export function stateDir(use: string): string {
  return resolve(ROOT, ".dive-test", use);
}
