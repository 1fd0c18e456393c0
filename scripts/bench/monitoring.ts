import { setTimeout as delay } from "node:timers/promises";
import { stackDocker } from "../docker-host.ts";
import { DiveError } from "../errors.ts";
import { isWriter } from "../recovery/containers.ts";
import { listContainers } from "../inventory.ts";
import { ask, readMonitoring } from "../monitoring/access.ts";
import { findPaths } from "../paths.ts";
import type { Display } from "../progress.ts";

/** How long memory is watched, and how often, in milliseconds. */
const WATCH_MS = 30_000;
const SAMPLE_MS = 1_000;
const BYTES_PER_MIB = 2 ** 20;

/** What the monitoring stack costs. */
export interface MonitoringFigures {
  /** Most memory in use of each service while it was watched, in MiB, without the cache of files. */
  readonly memoryMib: Readonly<Record<string, number>>;
  /** Average seconds of a scrape of each target over the last five minutes. */
  readonly scrapeSeconds: readonly { readonly target: string; readonly seconds: number }[];
}

/** Measures the monitoring stack of a stack that is up. @throws DiveError when it has none */
export async function benchMonitoring(stack: string, progress: Display): Promise<MonitoringFigures> {
  const access = await readMonitoring(stack);
  const memoryMib = await progress.step("Measuring: memory of the monitoring stack", () => watchMemory(stack));
  const answer = await ask(access, `${access.prometheusUrl}/api/v1/query?query=${encodeURIComponent("avg_over_time(scrape_duration_seconds[5m])")}`);
  const { result } = answer["data"] as { result: { metric: Record<string, string>; value: [number, string] }[] };
  const scrapeSeconds = result.map(({ metric, value }) => ({ target: `${metric["job"]} ${metric["instance"]} ${metric["service"]}`, seconds: Number(value[1]) }));
  return { memoryMib, scrapeSeconds: scrapeSeconds.sort((a, b) => b.seconds - a.seconds) };
}

async function watchMemory(stack: string): Promise<Record<string, number>> {
  const docker = await stackDocker(findPaths(), stack);
  const containers = (await listContainers(docker, { stack, root: findPaths().root })).filter((container) => container.name.includes("dive-monitoring-") && !isWriter(container));
  const missing = containers.filter(({ state }) => state !== "running").map(({ name }) => name);
  if (containers.length === 0 || missing.length > 0) throw new DiveError(`The monitoring stack of ${stack} does not run: ${missing.join(", ") || "it has no container"}. ./dive up`);
  const most: Record<string, number> = {};
  for (const end = performance.now() + WATCH_MS; performance.now() < end; await delay(SAMPLE_MS)) {
    for (const { id, service } of containers) {
      const { memory_stats: memory } = await docker.getContainer(id).stats({ stream: false, "one-shot": true });
      // Version 1 of control groups and version 2 name the cache that can be given back differently.
      const { total_inactive_file: first, inactive_file: second } = memory.stats as unknown as Record<string, number | undefined>;
      most[service] = Math.max(most[service] ?? 0, (memory.usage - (first ?? second ?? 0)) / BYTES_PER_MIB);
    }
  }
  return most;
}
