import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { allProcesses, environmentOf } from "../../scripts/recovery/processes.ts";
import { diveEnv } from "./dive.ts";
import { ROOT, stateDir } from "./paths.ts";

/** Pids of processes that work on a stack's state folder: engine, language host, plugins. Linux only. */
export async function processesOf(stack: string): Promise<number[]> {
  const all = await allProcesses();
  const folders = await Promise.all(all.map(({ pid }) => environmentOf(pid, "DIVE_STATE_DIR")));
  return all.map(({ pid }) => pid).filter((_, i) => folders[i] === stateDir(stack));
}

/** Who runs an `up`: `./dive up`, whose first one writes its state at its end, or `pulumi up` by hand, which writes it all along. */
export type UpBy = "./dive" | "pulumi";

/** The command line of an `up` that prints the engine's events, and its environment. */
async function upCommand(stack: string, by: UpBy): Promise<{ args: string[]; env: Record<string, string | undefined> }> {
  if (by === "./dive") return { args: ["up", "--json", "--stack", stack], env: { ...process.env, DIVE_STATE_DIR: stateDir(stack) } };
  return { args: ["up", "--json", "--yes", "--skip-preview", "--non-interactive"], env: { ...process.env, ...(await diveEnv(stack)), PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" } };
}

/**
 * Starts an `up` of a stack and kills its whole process group (SIGKILL) at the n-th step event of the engine.
 * Counting events instead of seconds makes the moment the same on a fast and on a slow machine.
 *
 * @param event 1 is the first event of a resource
 * @throws when `up` ended by itself before that event
 */
export async function killUpAtEvent(stack: string, event: number, by: UpBy): Promise<void> {
  const { args, env } = await upCommand(stack, by);
  const child = spawn(by, args, {
    cwd: ROOT,
    env,
    // Leader of a group of its own, so that the kill reaches all that it started, and not the tests.
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  let seen = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!/"(resourcePreEvent|resOutputsEvent)"/.test(line)) return;
    seen += 1;
    if (seen === event) process.kill(-child.pid!, "SIGKILL");
  });
  const [code, signal] = await exited;
  if (signal !== "SIGKILL") throw new Error(`${by} ${args.join(" ")} ended with ${signal ?? code} after ${seen} step events; it was to be killed at ${event}`);
}
