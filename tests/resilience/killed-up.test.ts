import { existsSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dive, pulumi } from "../support/dive.ts";
import { NOTHING, docker, stackObjects } from "../support/docker.ts";
import type { StackObjects } from "../support/docker.ts";
import { type Fault, killContainer, killPlugins, upWithFault } from "../support/faults.ts";
import { stateDir } from "../support/paths.ts";
import { killUpAtEvent, processesOf, type UpBy } from "../support/processes.ts";
import { clear, takeOver, tearDown, up } from "../support/stack.ts";

// Proves that `kill -9` of a running `up` needs no manual step: the next `up` converges, and nothing is left over.
// Two rounds by default, ten in `./dive test all`; DIVE_RESILIENCE_ROUNDS asks for more, DIVE_RESILIENCE_SEED for other moments.
const STACK = "kill";
const ROUNDS = Number(process.env["DIVE_RESILIENCE_ROUNDS"] ?? (process.env["DIVE_TEST_ALL"] === "1" ? 10 : 2));
const SEED = Number(process.env["DIVE_RESILIENCE_SEED"] ?? 2026);
const LIMIT = { timeout: 600_000 };

/** A killed `./dive up` leaves no state of a first `up`, a killed `pulumi up` leaves what it had reached. */
const WAYS: readonly UpBy[] = ["./dive", "pulumi"];

/** Where in `up` to kill: one moment in each of `ROUNDS` equal parts of it, by chance within its part. */
const moments = fc
  .sample(fc.integer({ min: 0, max: 999 }), { numRuns: ROUNDS, seed: SEED })
  .map((chance, i) => (i + chance / 1000) / ROUNDS);

/** What else may die in the middle of `up`, each at a moment by chance once it is there; in `./dive test all` only. */
const faults: [string, Fault][] =
  process.env["DIVE_TEST_ALL"] === "1"
    ? [
        ["the plugins' process", killPlugins(STACK, "keycloak")],
        ["the hub's Keycloak", killContainer("kill-dive-hub-keycloak")],
        ["the spoke's PostgreSQL", killContainer("kill-dive-spoke-fra-postgres")],
      ]
    : [];

let resources: number;
let complete: StackObjects | undefined;

beforeAll(async () => {
  await takeOver(STACK);
  const { stdout } = await pulumi(STACK, ["preview", "--json"]);
  resources = (JSON.parse(stdout) as { steps: unknown[] }).steps.length;
}, 900_000);

afterAll(() => clear(STACK), 60_000);

/** All that bears the stack's prefix, with or without labels: a half-made object may have none. */
async function namesWithPrefix(): Promise<string[]> {
  const [containers, networks, volumes] = await Promise.all([docker.listContainers({ all: true }), docker.listNetworks(), docker.listVolumes()]);
  const names = [...containers.flatMap((c) => c.Names.map((n) => n.slice(1))), ...networks.map((n) => n.Name), ...volumes.Volumes.map((v) => v.Name)];
  return names.filter((name) => name.startsWith("kill-"));
}

// Both ways at each moment in `./dive test all`, else in turn.
const kills = moments.flatMap((moment, i) => (process.env["DIVE_TEST_ALL"] === "1" ? WAYS : [WAYS[i % 2]!]).map((by) => [by, moment] as const));

/** Ends a stack as its operator would, and sees that nothing is left of it. Who works by hand calls `nuke` for the state only. */
const ends: Record<UpBy, () => Promise<void>> = {
  "./dive": async () => expect(await tearDown(STACK)).toEqual(NOTHING),
  pulumi: async () => {
    await pulumi(STACK, ["destroy", "--yes", "--skip-preview"]);
    expect(await stackObjects(STACK)).toEqual(NOTHING);
    expect(await namesWithPrefix()).toEqual([]);
    await dive(STACK, ["nuke", "--confirm"]);
    expect(existsSync(`${stateDir(STACK)}/state/.pulumi/stacks/dive/${STACK}.json`)).toBe(false);
    await clear(STACK);
  },
};

test.for(kills)("%s up killed at %f of its way converges with the next up, and its nuke or pulumi destroy leaves nothing", LIMIT, async ([by, moment]) => {
  // Each resource has two events: before it is made and after.
  await killUpAtEvent(STACK, 1 + Math.floor(moment * (2 * resources - 2)), by);
  await expectConvergence(by);
});

test.for(faults.map(([name, fault], i) => [name, fc.sample(fc.integer({ min: 400, max: 800 }), { numRuns: faults.length, seed: SEED })[i]! / 1000, fault] as const))(
  "an up in which %s was killed from %f of its way on converges with the next up, and nuke leaves nothing",
  LIMIT,
  async ([, moment, fault]) => {
    await upWithFault(STACK, 1 + Math.floor(moment * (2 * resources - 2)), fault);
    await expectConvergence("./dive");
  },
);

/** The next `up` makes what is missing, the one after it finds nothing to do, and the end leaves nothing. */
async function expectConvergence(by: UpBy): Promise<void> {
  await up(STACK);
  const objects = await stackObjects(STACK);
  complete ??= objects;
  expect(objects).toEqual(complete);
  expect(objects.containers.length).toBeGreaterThan(12);
  const again = await dive(STACK, ["up", "--expect-no-changes"], { mustSucceed: false });
  expect(again.exitCode, again.output).toBe(0);
  // Plugins of the killed run end by themselves once their parent is gone.
  await expect.poll(() => processesOf(STACK), { timeout: 20_000, interval: 500 }).toEqual([]);

  await ends[by]();
  expect(await namesWithPrefix()).toEqual([]);
}
