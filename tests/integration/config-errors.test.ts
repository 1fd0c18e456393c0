import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { diveEnv, pulumi } from "../support/dive.ts";
import { stackObjects } from "../support/docker.ts";

// Proves that a wrong configuration stops at preview, says key, rule, got and allowed, and leaves the running stack alone.
const stack = inject("stack");
let folder: string;
let live: { config: Record<string, unknown> };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dive-config-"));
  const env = await diveEnv(stack.name);
  live = parse(await readFile(env["PULUMI_OPTION_CONFIG_FILE"]!, "utf8")) as typeof live;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Mistake {
  readonly what: string;
  /** Settings put in place of the stack's own; undefined takes one out. */
  readonly settings: Record<string, unknown>;
  /** Texts that the error must have. */
  readonly says: string[];
}

const mistakes: Mistake[] = [
  {
    what: "an unknown country code",
    settings: { "dive:spokes": [{ code: "ZZZ" }] },
    says: ["dive:spokes[0].code: must be a known code", 'got:     "ZZZ"', "allowed: ISO 3166-1 alpha-3"],
  },
  {
    what: "a spoke given twice",
    settings: { "dive:spokes": [{ code: "FRA" }, { code: "FRA" }] },
    says: ["dive:spokes[1].code: each spoke once, already given as spokes[0]", 'got:     "FRA"', "allowed: a code not listed yet"],
  },
  {
    what: "the hub listed as a spoke",
    settings: { "dive:spokes": [{ code: "USA" }] },
    says: ["dive:spokes[0].code: the hub cannot be its own spoke", 'got:     "USA"', "allowed: any code but USA"],
  },
  {
    what: "a missing hub",
    settings: { "dive:hub": undefined },
    says: ["dive:hub.code: is missing", "got:     nothing", "allowed: ISO 3166-1 alpha-3"],
  },
  {
    what: "two instances on one port",
    settings: { "dive:spokes": [{ code: "FRA" }, { code: "DEU", portIndex: 10 }] },
    says: ["Port collision", "FRA", "DEU", "portIndex"],
  },
  {
    what: "a port offset that is no multiple of 1000",
    settings: { "dive:portOffset": 1234 },
    says: ["dive:portOffset: must keep stacks apart", "got:     1234", "allowed: a multiple of 1000 from 0 to 20000"],
  },
];

test.for(mistakes)("$what fails at preview with key, rule, got and allowed", { timeout: 120_000 }, async ({ settings, says }) => {
  const before = await stackObjects(stack.name);
  const file = join(folder, "Pulumi.yaml");
  await writeFile(file, stringify({ ...live, config: { ...live.config, ...settings } }));
  const { exitCode, output } = await pulumi(stack.name, ["preview"], { env: { PULUMI_OPTION_CONFIG_FILE: file }, mustSucceed: false });
  expect(exitCode, output).not.toBe(0);
  expect(says.filter((text) => !output.includes(text)), output).toEqual([]);
  expect(await stackObjects(stack.name)).toEqual(before);
});
