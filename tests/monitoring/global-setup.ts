import type { TestProject } from "vitest/node";
import { diveEnv } from "../support/dive.ts";
import { NOTHING } from "../support/docker.ts";
import { bringUp, tearDown, type RunningStack } from "../support/stack.ts";
import { writeHastyRules } from "./hasty-rules.ts";
import { monitoringAccess, type MonitoringAccess } from "./access.ts";

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
  }
}

/** Brings the stack `watch` up with rules that fire after seconds, and destroys it at the end unless `DIVE_KEEP=1`. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const keep = process.env["DIVE_KEEP"] === "1";
  await writeHastyRules();
  project.provide("watched", await bringUp(STACK, keep));
  project.provide("monitoring", await monitoringAccess(STACK));
  project.provide("caRoot", (await diveEnv(STACK))["CAROOT"]!);
  if (keep) return undefined;
  return async () => {
    const left = await tearDown(STACK);
    if (JSON.stringify(left) !== JSON.stringify(NOTHING)) throw new Error(`./dive nuke --confirm --stack ${STACK} left objects with its labels: ${JSON.stringify(left)}`);
  };
}
