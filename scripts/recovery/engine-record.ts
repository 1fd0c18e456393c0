import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readIfExists, writeWhole } from "../files.ts";
import { processInfo } from "./processes.ts";

/** Which engine `./dive` started for a stack, so that a killed `./dive` can be told from a live one. */
export interface EngineRecord {
  /** Process id of the CLI and its start time, which together are never used twice. */
  engine: { pid: number; started: string };
  /** The same of the `./dive` that started it. */
  dive: { pid: number; started: string };
}

const recordFile = (stateDir: string, stack: string) => join(stateDir, `engine.${stack}.json`);

async function identity(pid: number): Promise<EngineRecord["engine"]> {
  return { pid, started: (await processInfo(pid))?.started ?? "" };
}

/**
 * Notes the engine that was just started.
 * @returns removes the note again; called when the engine ended
 */
export async function recordEngine(stateDir: string, stack: string, pid: number | undefined): Promise<() => Promise<void>> {
  const file = recordFile(stateDir, stack);
  if (pid === undefined) return async () => undefined;
  const record: EngineRecord = { engine: await identity(pid), dive: await identity(process.pid) };
  await writeWhole(file, JSON.stringify(record));
  return () => rm(file, { force: true });
}

/** Reads the note of an earlier run, if one was left. */
export async function readEngineRecord(stateDir: string, stack: string): Promise<EngineRecord | undefined> {
  const text = await readIfExists(recordFile(stateDir, stack));
  return text === undefined ? undefined : (JSON.parse(text) as EngineRecord);
}

/** Whether the process of a note still lives (a new process with the same pid does not count). */
export async function stillLives(identified: EngineRecord["engine"]): Promise<boolean> {
  const info = await processInfo(identified.pid);
  return info !== undefined && (identified.started === "" || info.started === identified.started);
}
