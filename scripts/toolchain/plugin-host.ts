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
  readonly env: Readonly<Record<"PULUMI_DEBUG_LANGUAGES" | "PULUMI_DEBUG_PROVIDERS", string>>;
  /** Sets the environment that programs are started with. Once, before the engine is started. */
  setProgramEnvironment(env: Readonly<Record<string, string>>): void;
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
  const output = createInterface(child.stdout);
  createInterface(child.stderr).on("line", onLine);
  const [line] = (await Promise.race([once(output, "line"), once(child, "close")])) as [unknown];
  if (typeof line !== "string") throw new DiveError(`The stand-in plugins could not be started: ${main} ended before it listened; what it printed is above.`, EXIT.failed);
  output.on("line", onLine);
  const attachable = line.split(",");
  // None of these is a reason for this process to stay.
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr] as Socket[]) stream.unref();
  return {
    env: { PULUMI_DEBUG_LANGUAGES: attachable.slice(0, languages.length).join(","), PULUMI_DEBUG_PROVIDERS: attachable.slice(languages.length).join(",") },
    setProgramEnvironment: (program) => void child.stdin.write(`${JSON.stringify(program)}\n`),
  };
}
