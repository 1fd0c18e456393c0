// Four spokes in one `up`: all links are made and verified side by side.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { stringify } from "yaml";
import type { DirectionStatus } from "../../scripts/federation/merge.ts";
import { dive } from "../support/dive.ts";
import { NOTHING } from "../support/docker.ts";
import { ROOT } from "../support/paths.ts";
import { shownDirections } from "../support/site-stacks.ts";
import { tearDown } from "../support/stack.ts";

const STACK = "sites-four";
const CODES = ["FRA", "DEU", "TST", "GBR"];
const LIMIT_MS = 12 * 60_000;
const file = join(ROOT, `Pulumi.${STACK}.yaml`);

afterAll(async () => {
  const left = await tearDown(STACK);
  await rm(file);
  expect(left).toEqual(NOTHING);
});

test("every direction is verified by a real sign-in, and nothing is left to do", { timeout: LIMIT_MS + 60_000 }, async () => {
  const config = {
    "dive:namePrefix": "sites-four-",
    "dive:portOffset": 14_000,
    "dive:hub": { code: "USA" },
    "dive:spokes": CODES.map((code) => ({ code })),
    "pulumi:disable-default-providers": ["docker", "keycloak", "postgresql", "random", "tls"],
  };
  await writeFile(file, stringify({ config }));
  await dive(STACK, ["up"], { limitMs: LIMIT_MS });
  // Ends with 1 while a direction is not well; which one, and why, is what is compared.
  const { stdout } = await dive(STACK, ["federation", "status", "--json"], { mustSucceed: false });
  expect(shownDirections((JSON.parse(stdout) as { links: DirectionStatus[] }).links)).toEqual(CODES.flatMap((code) => [`${code} USA`, `USA ${code}`]).sort());
  await dive(STACK, ["up", "--expect-no-changes"]);
});
