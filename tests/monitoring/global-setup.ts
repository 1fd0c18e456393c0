import { setTimeout as delay } from "node:timers/promises";
import type { TestProject } from "vitest/node";
import { diveEnv } from "../support/dive.ts";
import { NOTHING } from "../support/docker.ts";
import { bringUp, tearDown, type RunningStack } from "../support/stack.ts";
import { writeHastyRules } from "./hasty-rules.ts";
import { BRIEF, monitoringAccess, query, type MonitoringAccess } from "./access.ts";

/** The stack of these tests: Pulumi.watch.yaml. */
export const STACK = "watch";

declare module "vitest" {
  export interface ProvidedContext {
    /** The running stack `watch`. */
    watched: RunningStack;
    /** Where its monitoring stack is. */
    monitoring: MonitoringAccess;
    /** Folder of its certificate authority. */
    caRoot: string;
    /** What fired once it had settled, before any test: each alert with what it is about. */
    firingWhenWell: string[];
  }
}

/** Brings the stack `watch` up with rules of which some fire after seconds, and destroys it at the end unless `DIVE_KEEP=1`. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const keep = process.env["DIVE_KEEP"] === "1";
  await writeHastyRules();
  project.provide("watched", await bringUp(STACK, keep));
  const monitoring = await monitoringAccess(STACK);
  project.provide("monitoring", monitoring);
  project.provide("firingWhenWell", await settled(monitoring, keep ? BRIEF : 'alertstate="firing"'));
  project.provide("caRoot", (await diveEnv(STACK))["CAROOT"]!);
  if (keep) return undefined;
  return async () => {
    const left = await tearDown(STACK);
    if (JSON.stringify(left) !== JSON.stringify(NOTHING)) throw new Error(`./dive nuke --confirm --stack ${STACK} left objects with its labels: ${JSON.stringify(left)}`);
  };
}

/** Longest wait for the alerts of the start to end, in ms. */
const SETTLE_LIMIT_MS = 150_000;
const POLL_MS = 1_000;

/** What of `which` fires once nothing but the dead-man's switch does, or when the limit is over. Plain HTTP, so no authority is needed. */
async function settled(monitoring: MonitoringAccess, which: string): Promise<string[]> {
  const firing = async () => (await query(monitoring, `ALERTS{${which}}`)).map(({ metric }) => ["alertname", "instance", "service", "source", "target"].flatMap((name) => metric[name] ?? []).join(" ")).sort();
  let last = await firing();
  for (const end = Date.now() + SETTLE_LIMIT_MS; Date.now() < end && last.join() !== "Watchdog"; last = await firing()) await delay(POLL_MS);
  return last;
}
