import { readlink } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { readIfExists } from "../files.ts";
import { stillLives } from "../recovery/engine-record.ts";
import { processInfo } from "../recovery/processes.ts";

/** The process that deploys, as others can judge it. */
export interface Identity {
  /** Names one running kernel and one of its process tables: only in it does the pid mean anything. "" where that cannot be told. */
  readonly machine: string;
  readonly pid: number;
  /** The process's start time, which with the pid is never used twice. */
  readonly pidStarted: string;
  /** User, host, process and clone, for people. */
  readonly holder: string;
}

/** Who we are. @param root the clone we work in */
export async function ownIdentity(stack: string, root: string): Promise<Identity> {
  const info = await processInfo(process.pid);
  return { machine: await machine(), pid: process.pid, pidStarted: info?.started ?? "", holder: `${userInfo().username}@${hostname()}, process ${process.pid}, stack ${stack} of ${root}` };
}

/** Whether a process of this very machine is gone for sure; of any other machine that cannot be told. */
export async function isGone({ machine: theirs, pid, pidStarted }: Omit<Identity, "holder">): Promise<boolean> {
  return theirs !== "" && theirs === (await machine()) && !(await stillLives({ pid, started: pidStarted }));
}

async function machine(): Promise<string> {
  const boot = await readIfExists("/proc/sys/kernel/random/boot_id");
  return boot === undefined ? "" : `${boot.trim()} ${await readlink("/proc/self/ns/pid")}`;
}
