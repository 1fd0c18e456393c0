import { link, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { codeOf } from "../errors.ts";
import { readIfExists } from "../files.ts";
import { isAlive, processInfo } from "../recovery/processes.ts";

const POLL_MS = 500;

/** Who holds a lock: the pid, and what tells its process from a later one with the same pid. */
interface Holder {
  pid: number;
  started?: string;
}

/**
 * Runs work that only one process of this machine may do at a time. The lock is a file with the
 * holder's pid; one whose process is gone is taken over.
 * @param waiting called with the holder's pid when another process has the lock
 */
export async function withLock<T>(file: string, waiting: (pid: number) => void, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const own = `${file}.${process.pid}`;
  const started = (await processInfo(process.pid))?.started;
  await writeFile(own, JSON.stringify({ pid: process.pid, ...(started === undefined ? {} : { started }) } satisfies Holder));
  try {
    while (!(await take(own, file))) {
      const text = await readIfExists(file);
      if (text === undefined) continue; // given back just now
      const holder = JSON.parse(text) as Holder;
      if (!(await holds(holder))) {
        // Two waiters may both come here and one remove the other's new lock: then both work,
        // which costs time and does no harm.
        await rm(file, { force: true });
        continue;
      }
      waiting(holder.pid);
      await delay(POLL_MS);
    }
    try {
      return await work();
    } finally {
      await rm(file, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** Links the own file to the lock's name, which only one process can: the lock is never half written. */
const take = (own: string, file: string): Promise<boolean> =>
  link(own, file).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === "EEXIST") return false;
      throw error;
    },
  );

async function holds({ pid, started }: Holder): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const info = await processInfo(pid);
  return info === undefined || started === undefined || info.started === started;
}
