import { describe, expect, it } from "vitest";
import { ConfigError, parseTopology, type ConfigProblem, type RawConfig } from "./config.ts";
import { testHubDescriptor, testSpokeDescriptor } from "./tests/support/descriptors.ts";

const problemsOf = (raw: RawConfig): readonly ConfigProblem[] => {
  try {
    parseTopology(raw, "site", "/clone");
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};
const hub = testHubDescriptor();
const spoke = testSpokeDescriptor("FRA");
const hubs = { hub: { code: "USA" } };
const spokes = { role: "spoke", hub, spokes: [{ code: "FRA" }] };

describe("a stack that is one site", () => {
  it("is a hub with the partners it admits", () => {
    expect(parseTopology({ ...hubs, partners: [spoke] }, "site", "/clone")).toMatchObject({ hub: { code: "USA" }, spokes: [], partners: [spoke] });
  });

  it("is a spoke with its hub, by descriptor or by stack", () => {
    expect(problemsOf({ ...spokes, monitoring: { enabled: false } })).toEqual([]); // as the project's defaults have it
    expect(parseTopology(spokes, "site", "/clone")).toMatchObject({ hubElsewhere: { descriptor: hub }, spokes: [{ code: "FRA" }], partners: [] });
    expect(parseTopology({ ...spokes, hub: { stack: "organization/dive/hub" } }, "site", "/clone")).toMatchObject({ hubElsewhere: { stack: "organization/dive/hub" } });
    expect(parseTopology(spokes, "site", "/clone").hub).toBeUndefined();
  });

  const sha = "64 hexadecimal digits in small letters";
  it.each<[string, RawConfig, ConfigProblem]>([
    ["an unknown role", { ...hubs, role: "both" }, { key: "dive:role", rule: "must say which side of the federation the stack deploys", got: "both", allowed: "hub (the hub, and spokes beside it), spoke (one spoke of a hub elsewhere)" }],
    ["two spokes in a spoke's stack", { ...spokes, spokes: [{ code: "FRA" }, { code: "DEU" }] }, { key: "dive:spokes", rule: "must name the one spoke of a stack with role spoke", got: [{ code: "FRA" }, { code: "DEU" }], allowed: "[{code, portIndex?, policy?}]" }],
    ["a spoke with the hub's code", { ...spokes, spokes: [{ code: "USA" }] }, { key: "dive:spokes[0].code", rule: "the hub cannot be its own spoke", got: "USA", allowed: "any code but USA" }],
    ["a stack that is not named in full", { ...spokes, hub: { stack: "hub" } }, { key: "dive:hub.stack", rule: "must name a stack in full", got: "hub", allowed: "<organization>/<project>/<stack>; organization/dive/<stack> for state in files" }],
    ["a descriptor beside a stack", { ...spokes, hub: { stack: "organization/dive/hub", code: "USA" } }, { key: "dive:hub.code", rule: "cannot be given beside a stack", got: "USA", allowed: "{stack}, or the hub's descriptor" }],
    ["a spoke that admits partners", { ...spokes, partners: [] , hub, linkCircuit: undefined, seedTestUsers: 1 }, { key: "dive:seedTestUsers", rule: "must be a switch", got: 1, allowed: "true, false" }],
    ["monitoring of a spoke", { ...spokes, monitoring: { enabled: true } }, { key: "dive:monitoring", rule: "watches the federation from the hub's stack", got: { enabled: true }, allowed: "nothing in a stack with role spoke" }],
    ["partners of a spoke", { ...spokes, partners: [testSpokeDescriptor("DEU")] }, { key: "dive:partners", rule: "are the hub's to admit", got: 1, allowed: "nothing in a stack with role spoke" }],
    ["partners that are no list", { ...hubs, partners: spoke }, { key: "dive:partners", rule: "must be a list", got: spoke, allowed: "a list of spokes' descriptors" }],
    ["a partner twice", { ...hubs, partners: [spoke, spoke] }, { key: "dive:partners[1].code", rule: "each instance once, already given as partners[0]", got: "FRA", allowed: "a code not listed yet" }],
    ["a partner that is a spoke here", { ...hubs, spokes: [{ code: "FRA" }], partners: [spoke] }, { key: "dive:partners[0].code", rule: "each instance once, already given as spokes[0]", got: "FRA", allowed: "a code not listed yet" }],
    ["a hub as partner", { ...hubs, partners: [{ ...spoke, role: "hub" }] }, { key: "dive:partners[0].role", rule: "must be the partner's role", got: "hub", allowed: "spoke" }],
    ["a password instead of its hash", { ...hubs, partners: [{ ...spoke, blacklistPasswordSha256: "secret" }] }, { key: "dive:partners[0].blacklistPasswordSha256", rule: "must be a SHA-256", got: "secret", allowed: sha }],
    ["a missing hash", { ...hubs, partners: [{ ...spoke, blacklistPasswordSha256: undefined }] }, { key: "dive:partners[0].blacklistPasswordSha256", rule: "is missing", got: undefined, allowed: sha }],
    ["plain http", { ...hubs, partners: [{ ...spoke, backendUrl: "http://localhost:4010" }] }, { key: "dive:partners[0].backendUrl", rule: "must be a public base", got: "http://localhost:4010", allowed: "https://<name>[:<port>], nothing after it" }],
    ["an issuer elsewhere", { ...hubs, partners: [{ ...spoke, issuer: "https://elsewhere/realms/dive-v3-broker-fra" }] }, { key: "dive:partners[0].issuer", rule: "must be the realm below keycloakUrl", got: "https://elsewhere/realms/dive-v3-broker-fra", allowed: spoke.issuer }],
    ["a certificate that is none", { ...hubs, partners: [{ ...spoke, caCertificate: "-----BEGIN CERTIFICATE-----" }] }, { key: "dive:partners[0].caCertificate", rule: "must be the certificate of an authority", got: "-----BEGIN CERTIFICATE-----", allowed: "one PEM block of a certificate that may sign certificates" }],
    ["a hub's descriptor without members", { ...spokes, hub: { ...hub, members: undefined } }, { key: "dive:hub.members", rule: "is missing", got: undefined, allowed: "[{code, role, issuer}]" }],
    ["a member of no known code", { ...spokes, hub: { ...hub, members: [{ code: "XYZ", role: "spoke", issuer: "https://x" }] } }, { key: "dive:hub.members", rule: "must list the federation", got: [{ code: "XYZ", role: "spoke", issuer: "https://x" }], allowed: "[{code, role, issuer}]" }],
  ])("refuses %s", (_what, raw, problem) => {
    expect(problemsOf(raw)).toEqual([problem]);
  });
});
