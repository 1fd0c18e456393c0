// A hub and three spokes as four stacks with four passphrases: who joins or leaves changes nothing of the others, and every direction of every link is proven.
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import type { SiteDescriptor } from "../../partner-config.ts";
import type { DirectionStatus } from "../../scripts/federation/merge.ts";
import { dive, type Finished } from "../support/dive.ts";
import { NOTHING, removeStackObjects, runningContainers, stackObjects } from "../support/docker.ts";
import { ROOT, stateDir } from "../support/paths.ts";

/** All four keep their state in one folder, so that a StackReference finds the hub's. */
const USE = "sites";
const CODES = ["FRA", "DEU", "TST"] as const;
const HUB = "sites-hub";
const stackOf = (code: string) => `sites-${code.toLowerCase()}`;
/** Two rounds of the hub's prober, and a moment. */
const ACTIVE_LIMIT_MS = 90_000;

const common = {
  "dive:namePrefix": "sites-",
  "dive:portOffset": 13_000,
  "pulumi:disable-default-providers": ["docker", "keycloak", "postgresql", "random", "tls"],
};
const configure = (stack: string, config: Record<string, unknown>) => writeFile(join(ROOT, `Pulumi.${stack}.yaml`), stringify({ config: { ...common, ...config } }));
const configureHub = (partners: readonly SiteDescriptor[]) => configure(HUB, { "dive:hub": { code: "USA" }, "dive:partners": partners });
const passphrase = (stack: string) => ({ PULUMI_CONFIG_PASSPHRASE: `passphrase of ${stack}` });
const run = (stack: string, ...args: string[]): Promise<Finished> => dive(stack, args, { use: USE, env: passphrase(stack), limitMs: 9 * 60_000 });
/** Ends with 1 while a link is not well, which is what is asked about. */
const statusOf = async (stack: string) => {
  const { stdout } = await dive(stack, ["federation", "status", "--json"], { use: USE, env: passphrase(stack), mustSucceed: false });
  return (JSON.parse(stdout) as { links: DirectionStatus[] }).links;
};

let descriptors: SiteDescriptor[];

beforeAll(async () => {
  await mkdir(stateDir(USE), { recursive: true });
  await configureHub([]);
  for (const code of CODES) await configure(stackOf(code), { "dive:role": "spoke", "dive:hub": { stack: `organization/dive/${HUB}` }, "dive:spokes": [{ code }] });
  await run(HUB, "up");
  descriptors = [];
  for (const code of CODES) descriptors.push(JSON.parse((await run(stackOf(code), "spoke", "descriptor", code, "--json")).stdout) as SiteDescriptor);
});

afterAll(async () => {
  for (const stack of [...CODES.map(stackOf), HUB]) {
    await run(stack, "nuke", "--confirm");
    const left = await stackObjects(stack);
    await removeStackObjects(stack);
    await rm(join(ROOT, `Pulumi.${stack}.yaml`));
    expect(left, `left of ${stack}`).toEqual(NOTHING);
  }
  await rm(stateDir(USE), { recursive: true });
});

test("the hub admits three spokes that are not there yet: nothing of it is replaced or restarted", async () => {
  const before = await runningContainers(HUB);
  await configureHub(descriptors);
  await run(HUB, "up");
  expect(await runningContainers(HUB)).toEqual(before);
  for (const { state, up } of await statusOf(HUB)) expect([state, up]).toEqual(["PENDING", false]);
  await run(HUB, "up", "--expect-no-changes");
});

test("three spokes come up at once, and every direction is verified by a real sign-in", async () => {
  const hub = await runningContainers(HUB);
  await Promise.all(CODES.map((code) => run(stackOf(code), "up")));
  const directions = CODES.flatMap((code) => [`${code} USA`, `USA ${code}`]).sort();
  await expect
    .poll(async () => (await statusOf(HUB)).filter(({ up, verification }) => up && verification?.ok).map(({ source, target }) => `${source} ${target}`).sort(), { timeout: ACTIVE_LIMIT_MS, interval: 5_000 })
    .toEqual(directions);
  for (const code of CODES) await run(stackOf(code), "federation", "verify", "USA");
  for (const stack of [HUB, ...CODES.map(stackOf)]) await run(stack, "up", "--expect-no-changes");
  expect(await runningContainers(HUB)).toEqual(hub);
});

test("a spoke that leaves changes nothing of the others", async () => {
  const stacks = [HUB, stackOf("FRA"), stackOf("DEU")];
  const before = await Promise.all(stacks.map((stack) => runningContainers(stack)));
  await run(stackOf("TST"), "nuke", "--confirm");
  await configureHub(descriptors.filter(({ code }) => code !== "TST"));
  await run(HUB, "up");
  await run(stackOf("FRA"), "up");
  expect(await Promise.all(stacks.map((stack) => runningContainers(stack)))).toEqual(before);
  expect((await statusOf(HUB)).map(({ source, target }) => `${source} ${target}`)).toEqual(["DEU USA", "FRA USA", "USA DEU", "USA FRA"]);
});
