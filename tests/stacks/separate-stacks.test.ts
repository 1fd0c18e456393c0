// A hub and three spokes as four stacks with four passphrases: who joins or leaves changes nothing of the others, and every direction of every link is proven.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SiteDescriptor } from "../../partner-config.ts";
import { allOf } from "../support/all-of.ts";
import { NOTHING, runningContainers } from "../support/docker.ts";
import { SiteStacks } from "../support/site-stacks.ts";

const CODES = ["FRA", "DEU", "TST"] as const;
/** Two rounds of the hub's prober, and a moment. */
const ACTIVE_LIMIT_MS = 90_000;

const sites = new SiteStacks({ name: "sites", portOffset: 13_000 });
const HUB = sites.hub;
const stackOf = (code: string) => sites.spoke(code);
let descriptors: SiteDescriptor[];

beforeAll(async () => {
  await sites.configureHub([]);
  for (const code of CODES) await sites.configureSpoke(code);
  await sites.run(HUB, "up");
  descriptors = [];
  for (const code of CODES) descriptors.push(await sites.descriptorOf(code));
});

afterAll(async () => {
  for (const [stack, left] of Object.entries(await sites.destroy(CODES))) expect(left, `left of ${stack}`).toEqual(NOTHING);
});

test("the hub admits three spokes that are not there yet: nothing of it is replaced or restarted", async () => {
  const before = await runningContainers(HUB);
  await sites.configureHub(descriptors);
  await sites.run(HUB, "up");
  expect(await runningContainers(HUB)).toEqual(before);
  for (const { state, up } of await sites.links(HUB)) expect([state, up]).toEqual(["PENDING", false]);
  await sites.run(HUB, "up", "--expect-no-changes");
});

test("three spokes come up at once, and every direction is verified by a real sign-in", async () => {
  const hub = await runningContainers(HUB);
  await allOf(CODES.map((code) => sites.run(stackOf(code), "up")));
  const directions = CODES.flatMap((code) => [`${code} USA`, `USA ${code}`]).sort();
  await expect.poll(() => sites.verified(HUB), { timeout: ACTIVE_LIMIT_MS, interval: 5_000 }).toEqual(directions);
  for (const code of CODES) await sites.run(stackOf(code), "federation", "verify", "USA");
  for (const stack of [HUB, ...CODES.map(stackOf)]) await sites.run(stack, "up", "--expect-no-changes");
  expect(await runningContainers(HUB)).toEqual(hub);
});

test("a spoke that leaves changes nothing of the others", async () => {
  const stacks = [HUB, stackOf("FRA"), stackOf("DEU")];
  const before = await Promise.all(stacks.map((stack) => runningContainers(stack)));
  await sites.run(stackOf("TST"), "nuke", "--confirm");
  await sites.configureHub(descriptors.filter(({ code }) => code !== "TST"));
  await sites.run(HUB, "up");
  await sites.run(stackOf("FRA"), "up");
  expect(await Promise.all(stacks.map((stack) => runningContainers(stack)))).toEqual(before);
  expect((await sites.links(HUB)).map(({ source, target }) => `${source} ${target}`)).toEqual(["DEU USA", "FRA USA", "USA DEU", "USA FRA"]);
});
