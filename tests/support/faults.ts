import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { parseEvent, type EngineEvent } from "../../scripts/engine/events.ts";
import { allProcesses } from "../../scripts/recovery/processes.ts";
import { docker } from "./docker.ts";
import { ROOT, stateDir } from "./paths.ts";
import { processesOf } from "./processes.ts";

/** Something that breaks. @returns false when what is to break is not there yet */
export type Fault = () => Promise<boolean>;

/** `kill -9` of the process in which the stand-ins of a stack's running `./dive` are; where the official ones are used, of one plugin's. */
export const killPlugins = (stack: string, official: string): Fault => async () => {
  const mine = new Set(await processesOf(stack));
  const command = new RegExp(`plugin-host/main\\.ts|pulumi-resource-${official}`);
  const plugin = (await allProcesses()).find((one) => mine.has(one.pid) && command.test(one.command));
  if (plugin === undefined) return false;
  process.kill(plugin.pid, "SIGKILL");
  return true;
};

/** `kill -9` of a container's process on this machine; `docker kill` would tell Docker not to restart it. */
export const killContainer = (name: string): Fault => async () => {
  const [found] = await docker.listContainers({ filters: { name: [`^/${name}$`], status: ["running"] } });
  if (found === undefined) return false;
  process.kill((await docker.getContainer(found.Id).inspect()).State.Pid, "SIGKILL");
  return true;
};

/** What an `up` that was followed came to. */
export interface FollowedUp {
  readonly exitCode: number | null;
  /** What it told people. */
  readonly said: string;
}

/** Runs `./dive up` of a stack, telling of each event of the engine as it comes. */
export async function followUp(stack: string, onEvent: (event: EngineEvent) => void): Promise<FollowedUp> {
  const child = spawn("./dive", ["up", "--json", "--stack", stack], { cwd: ROOT, env: { ...process.env, DIVE_STATE_DIR: stateDir(stack) }, stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close") as Promise<[number | null]>;
  const said: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => said.push(text));
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = parseEvent(line);
    if (event) onEvent(event);
  });
  const [exitCode] = await closed;
  return { exitCode, said: said.join("") };
}

/**
 * Runs `./dive up` of a stack with a fault at the n-th step event of the engine, or at the first one after it at which it can strike.
 * @returns the exit code
 * @throws when `up` ended before the fault could strike
 */
export async function upWithFault(stack: string, event: number, fault: Fault): Promise<number | null> {
  let seen = 0;
  let struck = false;
  let attempt = Promise.resolve();
  const { exitCode } = await followUp(stack, ({ resourcePreEvent, resOutputsEvent }) => {
    if (!resourcePreEvent && !resOutputsEvent) return;
    seen += 1;
    if (seen < event) return;
    attempt = attempt.then(async () => {
      struck ||= await fault();
    });
  });
  await attempt;
  if (!struck) throw new Error(`./dive up --stack ${stack} ended after ${seen} step events, before the fault could strike; it was to strike from event ${event} on`);
  return exitCode;
}
