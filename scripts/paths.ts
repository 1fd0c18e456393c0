import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { DiveError, EXIT } from "./errors.ts";

/** Where things lie: the clone, its private folder, and what all clones of a user share. */
export interface Paths {
  /** Absolute path of the clone: value of the label `dive.root`. */
  root: string;
  /** `DIVE_STATE_DIR`, else `.dive` in the clone: state, passphrase, CA, live configuration. */
  stateDir: string;
  /** `DIVE_CACHE_DIR`, else `~/.cache/dive`: downloads and builds, keyed by version. */
  cacheDir: string;
}

/** Finds the folders from the place of this file and the environment. */
export function findPaths(env: NodeJS.ProcessEnv = process.env): Paths {
  const root = resolve(import.meta.dirname, "..");
  return {
    root,
    stateDir: resolve(root, env["DIVE_STATE_DIR"] || ".dive"),
    cacheDir: resolve(env["DIVE_CACHE_DIR"] || join(homedir(), ".cache", "dive")),
  };
}

/** The live configuration file of a stack: the committed one plus this machine's salt. */
export const liveConfigFile = (paths: Paths, stack: string): string => join(paths.stateDir, `Pulumi.${stack}.yaml`);

/** The committed configuration file of a stack. */
export const committedConfigFile = (paths: Paths, stack: string): string => join(paths.root, `Pulumi.${stack}.yaml`);

/** The project's name, as Pulumi.yaml gives it. @throws DiveError when it has none */
export async function readProjectName(root: string): Promise<string> {
  const file = join(root, "Pulumi.yaml");
  const project: unknown = parse(await readFile(file, "utf8"));
  if (typeof project === "object" && project !== null && "name" in project && typeof project.name === "string") return project.name;
  throw new DiveError(`${file} must hold "name: <project>", a text; it does not.`, EXIT.usage);
}
