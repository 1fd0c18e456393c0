import { readdir, readFile } from "node:fs/promises";
import { codeOf } from "../errors.ts";

/** A process as /proc shows it. */
export interface ProcessInfo {
  pid: number;
  parent: number;
  /** Start time in clock ticks since boot: with the pid it names one process for ever. */
  started: string;
  command: string;
}

/** Whether a process is alive (also when it belongs to another user). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** Reads one process; undefined when it is gone, or where there is no /proc. */
export async function processInfo(pid: number): Promise<ProcessInfo | undefined> {
  try {
    const [stat, command] = await Promise.all([readFile(`/proc/${pid}/stat`, "utf8"), readFile(`/proc/${pid}/cmdline`, "utf8")]);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name before may hold spaces
    if (fields[0] === "Z") return undefined; // dead, only not yet reaped by its parent
    return { pid, parent: Number(fields[1]), started: fields[19] ?? "", command: command.replaceAll("\0", " ").trim() };
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes(codeOf(error) ?? "")) return undefined;
    throw error;
  }
}

/** All processes of the machine; none where there is no /proc. */
export async function allProcesses(): Promise<ProcessInfo[]> {
  const names = await readdir("/proc").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  });
  const found = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map((name) => processInfo(Number(name))));
  return found.filter((info) => info !== undefined);
}

/** A variable of another process's environment; undefined if unset or not ours to read. */
export async function environmentOf(pid: number, name: string): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/environ`, "utf8").catch((error: unknown) => {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(codeOf(error) ?? "")) return "";
    throw error;
  });
  return text.split("\0").find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}
