/** Stacks that are one site, on mocks: what each makes of its own side, and that it needs nothing but public values of the other. */
import * as fs from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { testAuthority } from "./services/common/testing/test-servers.ts";
import { testHubDescriptor, testSpokeDescriptor } from "./tests/support/descriptors.ts";
import { mockProgram, type MockProgram, type Registered } from "./tests/support/mock-program.ts";

/** Output `descriptors` of the stack that a StackReference names. */
let referenced: Record<string, unknown> | undefined;
let program: MockProgram;
let registered: Registered[];

beforeAll(async () => {
  program = await mockProgram(testHubDescriptor().caCertificate, () => referenced);
  ({ registered } = program);
});
afterAll(() => fs.rmSync(program.caroot, { recursive: true }));
beforeEach(() => program.clear());

/** The program makes some 150 resources, and signs a bundle for each instance. */
const LIMIT = { timeout: 120_000 };

const run = (config: Record<string, unknown>) => program.run(config);
const dynamic = (kind: string) => registered.filter(({ type }) => type === `pulumi-nodejs:dynamic/dive:${kind}`);
const containers = () => program.containers();
const brokers = () => registered.filter(({ type }) => type === "keycloak:oidc/identityProvider:IdentityProvider");
const uploadsOf = (container: string) => JSON.stringify(containers().find(({ inputs }) => inputs["name"] === container)!.inputs["uploads"]);
const environmentOf = (container: string) => Object.fromEntries((containers().find(({ inputs }) => inputs["name"] === container)!.inputs["envs"] as string[]).map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));

describe("a hub's stack", LIMIT, () => {
  it("makes its own side of a link as pending, waits for nobody and verifies nothing", async () => {
    const fra = testSpokeDescriptor("FRA");
    await run({ hub: { code: "USA" }, partners: [fra] });
    expect(brokers().map(({ inputs }) => inputs["alias"])).toEqual(["fra-idp"]);
    expect(dynamic("FederationLinkRecord").map(({ inputs }) => [inputs["own"], inputs["partner"].code, inputs["partner"].state, inputs["partner"].keycloakInternalUrl])).toEqual([["USA", "FRA", "PENDING", "https://dive-spoke-fra-keycloak:8443"]]);
    expect(dynamic("FederationRegistryEntry").map(({ inputs }) => [inputs["code"], inputs["spoke"].state])).toEqual([["FRA", "PENDING"]]);
    expect(dynamic("CircuitBreaker").map(({ inputs }) => inputs["instance"])).toEqual(["FRA"]);
    expect(dynamic("OidcCheck")).toEqual([]);
    expect(containers().filter(({ inputs }) => /spoke/.test(inputs["name"]))).toEqual([]);
  });

  it("knows the partner's blacklist password by its hash, and tells spokes what they need", async () => {
    const fra = testSpokeDescriptor("FRA");
    const { descriptors } = await run({ hub: { code: "USA" }, partners: [fra] });
    expect(uploadsOf("dive-hub-blacklist-redis-live-files")).toContain(`user fra on #${fra.blacklistPasswordSha256}`);
    const { USA } = await program.outputOf(pulumi.output(descriptors));
    expect(USA).toMatchObject({ code: "USA", role: "hub", sharedNetwork: "dive-shared", blacklistUrl: "rediss://localhost:6390", members: [{ code: "USA" }, { code: "FRA", issuer: fra.issuer }] });
    expect(JSON.stringify(USA)).not.toContain("password-of");
  });

  it("replaces and restarts nothing but what writes live files when a partner joins", async () => {
    const inputsOf = () => new Map(registered.map(({ type, name, inputs }) => [`${type} ${name}`, JSON.stringify(inputs)]));
    await run({ hub: { code: "USA" }, spokes: [{ code: "DEU" }] });
    const before = inputsOf();
    registered.length = 0;
    await run({ hub: { code: "USA" }, spokes: [{ code: "DEU" }], partners: [testSpokeDescriptor("FRA")] });
    const after = inputsOf();
    const changed = [...before].filter(([key, inputs]) => after.get(key) !== inputs).map(([key]) => key.split(" ")[1]!);
    expect(changed.filter((name) => !name.endsWith("-live-files-writer"))).toEqual([]);
    expect(changed.sort()).toEqual(["hub-backend", "hub-blacklist-redis", "hub-kas", "hub-opa", "spoke-deu-backend", "spoke-deu-kas", "spoke-deu-opa"].map((name) => `${name}-live-files-writer`));
    expect([...after.keys()].filter((key) => !before.has(key)).filter((key) => !/ link-fra/.test(key))).toEqual([]);
  });

  it("refuses at preview a partner that it could not be linked with", async () => {
    const fra = testSpokeDescriptor("FRA");
    const elsewhere = { ...fra, keycloakUrl: "https://fra.example:8453", issuer: fra.issuer.replace("localhost", "fra.example") };
    await expect(run({ hub: { code: "USA" }, partners: [elsewhere] })).rejects.toThrow(/dive:partners\[0\]\.keycloakUrl: FRA must be on the Docker host of this stack/);
    expect(registered.filter(({ type }) => type.startsWith("docker:"))).toEqual([]);
  });

  it("may have spokes beside it", async () => {
    await run({ hub: { code: "USA" }, spokes: [{ code: "DEU" }], partners: [testSpokeDescriptor("FRA")] });
    expect(brokers().map(({ name, inputs }) => `${name} ${inputs["alias"]}`).sort()).toEqual(["link-deu-at-deu-broker usa-idp", "link-deu-at-usa-broker deu-idp", "link-fra-at-usa-broker fra-idp"]);
    expect(dynamic("OidcCheck").map(({ name }) => name).sort()).toEqual(["link-deu-check", "link-deu-first-check", "link-deu-verification"]);
  });
});

describe("a spoke's stack", LIMIT, () => {
  const config = { role: "spoke", spokes: [{ code: "FRA" }] };

  it("makes its own side, joins the hub's network, and proves its own direction with public values of the hub", async () => {
    await run({ ...config, hub: testHubDescriptor() });
    expect(containers().every(({ inputs }) => /^dive-spoke-fra-/.test(inputs["name"]))).toBe(true);
    expect(registered.filter(({ type }) => type === "docker:index/network:Network").map(({ inputs }) => inputs["name"])).toEqual(["dive-spoke-fra"]);
    const backend = containers().find(({ inputs }) => inputs["name"] === "dive-spoke-fra-backend")!;
    expect((backend.inputs["networksAdvanced"] as { name: string }[]).map(({ name }) => name)).toEqual(["dive-spoke-fra", "dive-shared"]);
    expect(environmentOf("dive-spoke-fra-backend")).toMatchObject({ BLACKLIST_REDIS_URL: "rediss://fra@dive-hub-blacklist-redis:6379" });
    expect(brokers().map(({ inputs }) => inputs["alias"])).toEqual(["usa-idp"]);
    expect(dynamic("FederationLinkRecord").map(({ inputs }) => [inputs["own"], inputs["partner"].code, inputs["partner"].state])).toEqual([["FRA", "USA", "ACTIVE"]]);
    expect(dynamic("FederationRegistryEntry")).toEqual([]);
    for (const { inputs } of dynamic("OidcCheck")) {
      expect(Object.keys(inputs["from"]).sort()).toEqual(["brokerAlias", "caCertificate", "clientId", "code", "issuer", "publicBase", "realm", "redirectUri"]);
      expect(inputs["from"].code).toBe("USA");
      for (const own of ['"code":"FRA"', '"adminClientId"', '"database"', '"probeUser"']) expect(JSON.stringify(inputs["to"])).toContain(own);
    }
    expect(dynamic("OidcCheck").map(({ inputs }) => inputs["kind"])).toEqual(["first", "link", "verification"]);
  });

  it("has the hub's descriptor from the hub's stack", async () => {
    referenced = { USA: testHubDescriptor() };
    await run({ ...config, hub: { stack: "organization/dive/hub" } });
    expect(dynamic("FederationLinkRecord").map(({ inputs }) => inputs["partner"].issuer)).toEqual([testHubDescriptor().issuer]);
  });

  it.each([["was never brought up", undefined], ["has no hub", { DEU: testSpokeDescriptor("DEU") }]])("says so when that stack %s", async (_what, outputs) => {
    referenced = outputs;
    await expect(run({ ...config, hub: { stack: "organization/dive/hub" } })).rejects.toThrow(/dive:hub\.stack: must be a stack that deploys the hub and was brought up/);
    expect(containers()).toEqual([]);
  });
});
