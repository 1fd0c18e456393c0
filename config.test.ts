import { describe, expect, it } from "vitest";
import { ConfigError, parseTopology, type ConfigProblem, type RawConfig } from "./config.ts";

const good: RawConfig = { hub: { code: "USA" }, spokes: [{ code: "FRA" }] };
const problemsOf = (change: RawConfig): readonly ConfigProblem[] => {
  try {
    parseTopology({ ...good, ...change }, "dev", "/clone");
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe("configuration", () => {
  it("fills in every default", () => {
    expect(parseTopology(good, "dev", "/clone")).toEqual({
      stack: "dev",
      root: "/clone",
      namePrefix: "",
      portOffset: 0,
      bindAddress: "127.0.0.1",
      hub: { code: "USA", role: "hub" },
      partners: [],
      spokes: [{ code: "FRA", role: "spoke" }],
      seedTestUsers: false,
    });
  });

  it("takes codes in any case", () => {
    expect(parseTopology({ hub: { code: "usa" }, spokes: [{ code: "tst" }] }, "dev", "/clone").spokes[0]!.code).toBe("TST");
  });

  it("takes thresholds of links' circuits", () => {
    expect(parseTopology({ ...good, linkCircuit: { failures: 3 } }, "dev", "/clone").linkCircuit).toEqual({ failures: 3 });
  });

  it("takes the time between two checks of a link", () => {
    for (const linkProbeSeconds of [5, 30]) expect(parseTopology({ ...good, linkProbeSeconds }, "dev", "/clone").linkProbeSeconds).toBe(linkProbeSeconds);
  });

  const allowedCodes = "ISO 3166-1 alpha-3 (USA, FRA, DEU, ...), or TST, DEV, QAA";
  it.each<[string, RawConfig, ConfigProblem]>([
    ["an unknown code", { spokes: [{ code: "XYZ" }] }, { key: "dive:spokes[0].code", rule: "must be a known code", got: "XYZ", allowed: allowedCodes }],
    ["a duplicate spoke", { spokes: [{ code: "FRA" }, { code: "fra" }] }, { key: "dive:spokes[1].code", rule: "each spoke once, already given as spokes[0]", got: "FRA", allowed: "a code not listed yet" }],
    ["the hub as a spoke", { spokes: [{ code: "USA" }] }, { key: "dive:spokes[0].code", rule: "the hub cannot be its own spoke", got: "USA", allowed: "any code but USA" }],
    ["a missing hub", { hub: undefined }, { key: "dive:hub", rule: "is missing", got: undefined, allowed: `{code: ${allowedCodes}}` }],
    ["a missing code", { hub: {} }, { key: "dive:hub.code", rule: "is missing", got: undefined, allowed: allowedCodes }],
    ["an unknown setting", { hub: { code: "USA", prot: 1 } }, { key: "dive:hub.prot", rule: "is not a setting of an instance", got: 1, allowed: "code, portIndex, policy" }],
    ["an offset between the steps", { portOffset: 1500 }, { key: "dive:portOffset", rule: "must keep stacks apart", got: 1500, allowed: "a multiple of 1000 from 0 to 20000" }],
    ["an offset too large", { portOffset: 21_000 }, { key: "dive:portOffset", rule: "must keep stacks apart", got: 21_000, allowed: "a multiple of 1000 from 0 to 20000" }],
    ["a prefix Docker refuses", { namePrefix: "-x" }, { key: "dive:namePrefix", rule: "must be usable in a container name", got: "-x", allowed: "up to 20 of a-z, 0-9 and '-', not starting with '-'" }],
    ["spokes that are no list", { spokes: "FRA" }, { key: "dive:spokes", rule: "must be a list", got: "FRA", allowed: "a list of {code, portIndex?}" }],
    ["a port index out of range", { hub: { code: "USA", portIndex: 255 } }, { key: "dive:hub.portIndex", rule: "must be a port index", got: 255, allowed: "a whole number from 0 to 254" }],
    ["a circuit that never opens", { linkCircuit: { failures: 0 } }, { key: "dive:linkCircuit.failures", rule: "must be a whole number in its range", got: 0, allowed: "1 to 1000" }],
    ["a cool-down with a unit", { linkCircuit: { coolDownMs: "60s" } }, { key: "dive:linkCircuit.coolDownMs", rule: "must be a whole number in its range", got: "60s", allowed: "1 to 86400000" }],
    ["an unknown setting of a circuit", { linkCircuit: { retries: 3 } }, { key: "dive:linkCircuit.retries", rule: "is not a setting of a circuit", got: 3, allowed: "{failures?, coolDownMs?}" }],
    ["a circuit that is no object", { linkCircuit: 5 }, { key: "dive:linkCircuit", rule: "must be an object", got: 5, allowed: "{failures?, coolDownMs?}" }],
    ["links that are checked all the time", { linkProbeSeconds: 4 }, { key: "dive:linkProbeSeconds", rule: "must be seconds from one check of a link to the next", got: 4, allowed: "a whole number from 5 to 30" }],
    ["links that are hardly checked", { linkProbeSeconds: 31 }, { key: "dive:linkProbeSeconds", rule: "must be seconds from one check of a link to the next", got: 31, allowed: "a whole number from 5 to 30" }],
    ["a name as address", { bindAddress: "localhost" }, { key: "dive:bindAddress", rule: "must be an IPv4 address of this host", got: "localhost", allowed: "127.0.0.1, 0.0.0.0 or an address of this host" }],
  ])("refuses %s", (_what, change, problem) => {
    expect(problemsOf(change)).toEqual([problem]);
  });

  it("reports every mistake at once, with key, rule, got and allowed", () => {
    expect(() => parseTopology({ spokes: [{ code: "XYZ" }], portOffset: 1 }, "dev", "/clone")).toThrow(
      /breaks 3 rules:\n {2}dive:portOffset: must keep stacks apart\n {4}got: {5}1\n {4}allowed: a multiple/,
    );
  });
});
