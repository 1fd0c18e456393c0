import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { DiveError, EXIT } from "../errors.ts";
import { namesIn } from "../files.ts";
import type { Display } from "../progress.ts";
import { localBackend, runPulumi, type StackHandle } from "../state.ts";
import { readEngineRecord, stillLives } from "./engine-record.ts";
import { processInfo } from "./processes.ts";
import { endEngine } from "./orphans.ts";

/** A lock of the state, as the CLI writes it into a `file://` backend. */
export interface Lock {
  pid: number;
  hostname: string;
  username: string;
  timestamp: string;
}

/** Reads the locks of a stack; other backends than `file://` keep none that we could judge. */
export async function readLocks(handle: StackHandle): Promise<Lock[]> {
  const backend = localBackend(handle.env["PULUMI_BACKEND_URL"]);
  if (backend === undefined) return [];
  const folder = join(backend, ".pulumi", "locks", "organization", handle.project, handle.stack);
  const files = await namesIn(folder);
  const locks = files.filter((file) => file.endsWith(".json")).map(async (file) => JSON.parse(await readFile(join(folder, file), "utf8")) as Lock);
  return Promise.all(locks);
}

/** Whether the process that took a lock is gone: its pid is free, or another program's by now. */
async function isDead(lock: Lock): Promise<boolean> {
  if (lock.hostname !== hostname()) return false; // it may well live there
  const info = await processInfo(lock.pid);
  return info === undefined || !info.command.includes("pulumi");
}

/**
 * Takes away the lock of a killed run. A lock whose process lives is another's: refused, unless
 * that process is an engine whose own `./dive` was killed; it is then asked to end first.
 * @returns whether there was such a lock
 * @throws DiveError naming the process that holds the lock
 */
export async function clearDeadLock(handle: StackHandle, stateDir: string, progress: Display): Promise<boolean> {
  const orphan = await readEngineRecord(stateDir, handle.stack);
  if (orphan !== undefined && (await stillLives(orphan.engine)) && !(await stillLives(orphan.dive))) {
    await progress.step(`Ending the engine of a killed ./dive (process ${orphan.engine.pid})`, () => endEngine(orphan.engine));
  }
  const locks = await readLocks(handle);
  if (locks.length === 0) return false;
  for (const lock of locks) {
    if (await isDead(lock)) continue;
    throw new DiveError(
      `Stack ${handle.stack} is being changed by process ${lock.pid} of ${lock.username} on ${lock.hostname}, since ${lock.timestamp}. ` +
        `Wait until it ends, or end it; if that machine is gone: eval "$(./dive env ${handle.stack})" && pulumi cancel`,
      EXIT.busy,
    );
  }
  progress.note(`Recovery: process ${locks.map(({ pid }) => pid).join(", ")} died while it held the lock of stack ${handle.stack}; the lock is removed`);
  await runPulumi(handle, ["cancel", "--yes", "--stack", handle.stack]);
  return true;
}
