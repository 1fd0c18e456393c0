import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";

/** How a child ended: by itself, by a signal, or it could not be started. */
export type Ending = { readonly code: number } | { readonly signal: NodeJS.Signals } | { readonly error: Error };

/** Time between asking a program to stop and ending it. Unit: milliseconds. */
const graceMilliseconds = 5000;

const running = new Set<Child>();

/** A Node process that this host has started. */
export interface Child {
  readonly process: ChildProcess;
  /** Resolves when it has ended and its output is complete; never rejects. */
  readonly ended: Promise<Ending>;
  /** SIGINT, and SIGKILL if it is still there 5 s later. */
  stop(): void;
}

/** Starts a Node script. */
export function startNode(args: readonly string[], options: SpawnOptions): Child {
  const child = spawn(process.execPath, args, options);
  const ended = ending(child).finally(() => running.delete(started));
  const stop = (): void => {
    child.kill("SIGINT");
    const timer = setTimeout(() => child.kill("SIGKILL"), graceMilliseconds);
    void ended.finally(() => clearTimeout(timer));
  };
  const started: Child = { process: child, ended, stop };
  running.add(started);
  return started;
}

/** Asks every child to stop. */
export function stopAll(): void {
  for (const child of running) child.stop();
}

/** Ends every child at once: this host is about to exit, and nobody would be left to report to. */
export function killAll(): void {
  for (const child of running) child.process.kill("SIGKILL");
}

/** The exit status that a shell would show. */
export function exitStatus(ending: Ending): number {
  if ("code" in ending) return ending.code;
  return "signal" in ending ? 128 + constants.signals[ending.signal] : 127;
}

async function ending(child: ChildProcess): Promise<Ending> {
  try {
    // "close" and not "exit": the output that is still in the pipes belongs to the run.
    const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    return signal === null ? { code: code ?? 1 } : { signal };
  } catch (error) {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }
}
