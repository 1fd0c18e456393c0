import { execa } from "execa";
import type { TestProject } from "vitest/node";
import { NOTHING } from "./docker.ts";
import { ROOT } from "./paths.ts";
import { bringUp, tearDown } from "./stack.ts";
import type { RunningStack } from "./stack.ts";

/** The stack that all integration files share. */
export const STACK = "test";

declare module "vitest" {
  export interface ProvidedContext {
    /** The running stack `test`. */
    stack: RunningStack;
    /** `git status --porcelain` before anything ran. */
    gitStatusBefore: string;
  }
}

/**
 * Brings the stack `test` up once for all integration files, and destroys it at the end unless `DIVE_KEEP=1`.
 * A stack that did not come up is left to be looked at; the next run clears it. The end fails the run when `nuke` left an object behind. Needs `teardownTimeout` of minutes in the root config.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const keep = process.env["DIVE_KEEP"] === "1";
  project.provide("gitStatusBefore", (await execa("git", ["status", "--porcelain"], { cwd: ROOT })).stdout);
  project.provide("stack", await bringUp(STACK, keep));
  if (keep) return undefined;
  return async () => {
    const left = await tearDown(STACK);
    if (JSON.stringify(left) !== JSON.stringify(NOTHING)) {
      throw new Error(`./dive nuke --confirm --stack ${STACK} left objects with its labels: ${JSON.stringify(left)}`);
    }
  };
}
