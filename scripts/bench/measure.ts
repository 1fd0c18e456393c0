import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { findPaths } from "../paths.ts";

const SAMPLE_MS = 250;
const KIB_PER_MIB = 1024;

/** One measured run of `./dive`. */
export interface Figure {
  name: string;
  seconds: number;
  /** Most memory in use on the whole machine above what was in use before: containers count too. */
  peakMiB: number;
  exitCode: number;
}

/** Memory in use on this machine, in MiB. @throws where there is no /proc: a figure that was not measured is none */
async function memoryInUse(): Promise<number> {
  const text = await readFile("/proc/meminfo", "utf8");
  const kib = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  return (kib("MemTotal") - kib("MemAvailable")) / KIB_PER_MIB;
}

/** Runs `./dive` with these arguments and measures it. @param update gets its latest output @param environment more variables */
export async function measure(name: string, args: readonly string[], update: (detail: string) => void, environment: Record<string, string> = {}): Promise<Figure> {
  const before = await memoryInUse();
  const started = performance.now();
  const child = execa(join(findPaths().root, "dive"), args, { reject: false, all: true, env: { CI: "1", ...environment } });
  let peak = before;
  const finished = new AbortController();
  const sampling = (async () => {
    while (!finished.signal.aborted) {
      peak = Math.max(peak, await memoryInUse());
      await delay(SAMPLE_MS, undefined, { signal: finished.signal }).catch(() => undefined); // the end of the run ends the wait
    }
  })();
  for await (const line of child.iterable({ from: "all" })) update(String(line));
  const { exitCode } = await child;
  const seconds = (performance.now() - started) / 1000;
  finished.abort();
  await sampling;
  return { name, seconds, peakMiB: peak - before, exitCode: exitCode ?? 1 };
}
