import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DiveError, EXIT } from "../errors.ts";

/** Names of stand-ins, as the engine calls them. */
export interface StandIns {
  /** Language hosts. */
  readonly languages: readonly string[];
  /** Provider plugins. */
  readonly providers: readonly string[];
}

/** Stand-ins that run already, in one process, so that the engine need not start them. */
export interface PluginHost {
  /** What tells the engine where they are. */
  readonly env: Readonly<Record<string, string>>;
  /** Sets the environment that programs are started with. Once, before the engine is started. */
  setProgramEnvironment(env: Readonly<Record<string, string>>): void;
  /** @throws DiveError when the process has ended: the engine would wait for it and then say less */
  requireAlive(): void;
}

/** How Node is to run the host. */
const NODE_FLAGS: readonly string[] = [
  // MiB. Several times what it holds, and so small that V8 collects before it lets the heap grow by much.
  "--max-old-space-size=256",
];

/**
 * Starts the stand-ins of `airgap/` in one process. The engine starts plugins one after the other, each a Node of its own, while the program
 * waits; to these it attaches (docs/decisions/0028). They end with this process, or with the engine that they then still serve.
 *
 * @param root the clone
 * @param env environment of the process
 * @param onLine called with every line that the process, or a program that it starts, prints
 * @throws DiveError when it does not come up
 */
export async function startPluginHost(root: string, { languages, providers }: StandIns, env: NodeJS.ProcessEnv, onLine: (line: string) => void): Promise<PluginHost> {
  const main = join(root, "airgap", "plugin-host", "main.ts");
  // In a process group of its own: a Ctrl-C in the terminal is for the engine, which still needs its plugins then.
  const child = spawn(process.execPath, [...NODE_FLAGS, main, ...languages, ...providers], { env, stdio: "pipe", detached: true });
  let ended = false;
  const closed = once(child, "close").then(() => {
    ended = true;
  });
  const requireAlive = (): void => {
    if (ended) throw new DiveError(`The stand-in plugins have ended (${main}); what they printed is above.`, EXIT.failed);
  };
  const ports = Promise.withResolvers<string>();
  let show: (line: string) => void = (line) => {
    ports.resolve(line);
    show = onLine;
  };
  createInterface(child.stdout).on("line", (line) => show(line));
  createInterface(child.stderr).on("line", onLine);
  child.stdin.on("error", (error) => onLine(`The stand-in plugins read no more: ${error.message}`));
  await Promise.race([ports.promise, closed]);
  requireAlive();
  const attachable = (await ports.promise).split(",");
  // None of these is a reason for this process to stay.
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr] as Socket[]) stream.unref();
  const addresses = { PULUMI_DEBUG_LANGUAGES: attachable.slice(0, languages.length), PULUMI_DEBUG_PROVIDERS: attachable.slice(languages.length) };
  return {
    env: Object.fromEntries(Object.entries(addresses).flatMap(([name, some]) => (some.length === 0 ? [] : [[name, some.join(",")]]))),
    setProgramEnvironment: (program) => void child.stdin.write(`${JSON.stringify(program)}\n`),
    requireAlive,
  };
}
