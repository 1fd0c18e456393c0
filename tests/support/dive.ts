import { execa } from "execa";
import type { Options } from "execa";
import { ROOT, stateDir } from "./paths.ts";

/** Longest time one command may take, in ms; below the tests' own limits, so that a test never leaves a command behind. */
export const COMMAND_LIMIT_MS = 4 * 60_000;

/** The same for a command that may have to build toolchain and images first. */
export const COLD_LIMIT_MS = 15 * 60_000;

/** What a command printed (stdout and stderr as they came) and how it ended (-1 when it ended by a signal). */
export interface Finished {
  readonly exitCode: number;
  readonly output: string;
  readonly stdout: string;
}

/** How to run a command of a stack. */
export interface RunOptions {
  /** Folder under `.dive-test` to use; default: the stack's name. */
  readonly use?: string;
  /** Fail unless the command ends with 0 (default true). */
  readonly mustSucceed?: boolean;
  /** Time limit in ms; default {@link COMMAND_LIMIT_MS}. */
  readonly limitMs?: number;
  /** More environment, e.g. another stack config file. */
  readonly env?: Record<string, string>;
}

/**
 * Runs `./dive <args> --stack <stack>` of this clone on a test's own state folder.
 *
 * @throws with command, exit code and the last 80 lines of output, unless `mustSucceed` is false
 */
export function dive(stack: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return run("./dive", [...args, "--stack", stack], { DIVE_STATE_DIR: stateDir(options.use ?? stack) }, options);
}

/**
 * Runs plain `pulumi <args>` in the environment that `./dive env` prints for the stack: what a user does by hand.
 *
 * @throws like {@link dive}
 */
export async function pulumi(stack: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const env = await diveEnv(stack, options.use, options.env);
  return run("pulumi", [...args, "--non-interactive"], env, options);
}

/**
 * The environment of a stack as `./dive env <stack> --json` gives it: a flat object of names and values.
 *
 * @param more more environment for the command
 * @throws when the command fails or prints something else
 */
export async function diveEnv(stack: string, use = stack, more: Record<string, string> = {}): Promise<Record<string, string>> {
  const own = { DIVE_STATE_DIR: stateDir(use) };
  const { stdout } = await run("./dive", ["env", stack, "--json"], own, { limitMs: COLD_LIMIT_MS, env: more });
  const values: unknown = JSON.parse(stdout);
  if (typeof values !== "object" || values === null || !Object.values(values).every((v) => typeof v === "string")) {
    throw new Error(`./dive env ${stack} --json: expected one flat object of strings`);
  }
  return { ...own, ...(values as Record<string, string>) };
}

async function run(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
  { mustSucceed = true, limitMs = COMMAND_LIMIT_MS, env: more }: RunOptions,
): Promise<Finished> {
  // Not awaited into a rejection: the output belongs into our own error, not only "exit code 1".
  const settings = { cwd: ROOT, env: { ...env, ...more }, all: true, reject: false, stdin: "ignore", timeout: limitMs } satisfies Options;
  const ended = await execa(file, args, settings);
  const finished = { exitCode: ended.exitCode ?? -1, output: ended.all, stdout: ended.stdout };
  if (mustSucceed && finished.exitCode !== 0) {
    const why = ended.timedOut ? `still running after ${limitMs / 1000} s` : `exit code ${finished.exitCode}, expected 0`;
    const tail = finished.output.split("\n").slice(-80).join("\n");
    throw new Error(`${[file, ...args].join(" ")}: ${why}\n${tail}`, { cause: ended.cause });
  }
  return finished;
}
