/** Stacks on several Docker hosts, on mocks: each is reached by what it advertises, and nothing else is published or dialled. */
import * as fs from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mockProgram, type MockProgram } from "./tests/support/mock-program.ts";
import { testHubDescriptor, testSpokeDescriptor } from "./tests/support/descriptors.ts";

const HERE = "10.0.0.1";
const THERE = "10.0.0.2";
/** The program makes some 150 resources, and signs a bundle for each instance. */
const LIMIT = { timeout: 120_000 };
let program: MockProgram;

beforeAll(async () => void (program = await mockProgram(testHubDescriptor().caCertificate)));
afterAll(() => fs.rmSync(program.caroot, { recursive: true }));
beforeEach(() => program.clear());

const container = (name: string) => program.containers().find(({ inputs }) => inputs["name"] === name)!;
const published = (name: string) => (container(name).inputs["ports"] as { ip: string; internal: number; external: number }[]).map(({ ip, internal, external }) => `${ip}:${external}->${internal}`);
const networks = (name: string) => (container(name).inputs["networksAdvanced"] as { name: string }[]).map((network) => network.name);
const uploads = (name: string) => JSON.stringify(container(name).inputs["uploads"]);
const ofType = (type: string) => program.registered.filter((one) => one.type === type);
const broker = () => ofType("keycloak:oidc/identityProvider:IdentityProvider")[0]!.inputs;

describe("a hub that advertises an address", LIMIT, () => {
  const config = { hub: { code: "USA" }, advertiseAddress: HERE };

  it("publishes what partners elsewhere need, beside the loopback address, with certificates that name both", async () => {
    const { descriptors } = await program.run(config);
    expect(published("dive-hub-backend")).toEqual(["127.0.0.1:4000->4000", `${HERE}:4000->4000`, "127.0.0.1:4700->4001", `${HERE}:4700->4001`]);
    expect(published("dive-hub-blacklist-redis")).toEqual(["127.0.0.1:6390->6379", `${HERE}:6390->6379`]);
    expect(published("dive-hub-redis")).toEqual([]);
    for (const { name, inputs } of ofType("tls:index/certRequest:CertRequest").filter(({ inputs }) => inputs["dnsNames"].length > 0))
      expect([inputs["ipAddresses"], inputs["dnsNames"].includes("localhost")], name).toEqual([["127.0.0.1", HERE], true]);
    expect(await program.outputOf(descriptors)).toMatchObject({ USA: { backendUrl: `https://${HERE}:4000`, exchangeUrl: `https://${HERE}:4700`, issuer: `https://${HERE}:8443/realms/dive-v3-broker-usa`, blacklistUrl: `rediss://${HERE}:6390` } });
  });

  it("reaches a spoke on another host by its advertised address, and one on its own by container name", async () => {
    await program.run({ ...config, partners: [testSpokeDescriptor("FRA", THERE)] });
    expect(broker()).toMatchObject({ tokenUrl: `https://${THERE}:8453/realms/dive-v3-broker-fra/protocol/openid-connect/token`, issuer: `https://${THERE}:8453/realms/dive-v3-broker-fra` });
    expect(uploads("dive-hub-backend-live-files")).toContain(`https://${THERE}:4710`);
    program.clear();
    await program.run({ ...config, partners: [testSpokeDescriptor("FRA", HERE)] });
    expect(broker()).toMatchObject({ tokenUrl: "https://dive-spoke-fra-keycloak:8443/realms/dive-v3-broker-fra/protocol/openid-connect/token", issuer: `https://${HERE}:8453/realms/dive-v3-broker-fra` });
    expect(uploads("dive-hub-backend-live-files")).toContain("https://dive-spoke-fra-backend:4001");
  });

  it("keeps its monitoring to itself", async () => {
    await program.run({ ...config, monitoring: { grafana: false } });
    expect(published("dive-monitoring-prometheus")).toEqual(["127.0.0.1:9090->9090"]);
  });

  it("refuses at preview a partner that advertises nothing, or not everything", async () => {
    const { exchangeUrl: _, ...withoutExchange } = testSpokeDescriptor("FRA", THERE);
    await expect(program.run({ ...config, partners: [testSpokeDescriptor("FRA")] })).rejects.toThrow(/dive:partners\[0\]\.backendUrl: FRA must advertise an address, as this stack does/);
    await expect(program.run({ ...config, partners: [withoutExchange] })).rejects.toThrow(/dive:partners\[0\]\.exchangeUrl: is missing: FRA is on another Docker host/);
    expect(program.containers()).toEqual([]);
  });
});

describe("a spoke on another Docker host", LIMIT, () => {
  const config = { role: "spoke", spokes: [{ code: "FRA" }], hub: testHubDescriptor(HERE) };

  it("is made there, joins no network of the hub's, and dials the hub's advertised addresses", async () => {
    await program.run({ ...config, dockerHost: "unix:///run/other.sock", advertiseAddress: THERE });
    expect(ofType("pulumi:providers:docker").map(({ inputs }) => inputs["host"])).toEqual(["unix:///run/other.sock"]);
    for (const { inputs } of program.containers().filter(({ inputs }) => inputs["networksAdvanced"])) expect(networks(inputs["name"])).toEqual(["dive-spoke-fra"]);
    expect(container("dive-spoke-fra-backend").inputs["envs"]).toEqual(expect.arrayContaining([`BLACKLIST_REDIS_URL=rediss://fra@${HERE}:6390`, `PUBLIC_URL=https://${THERE}:4010`, "KEYCLOAK_URL=https://dive-spoke-fra-keycloak:8443"]));
    expect(uploads("dive-spoke-fra-backend-live-files")).toContain(`https://${HERE}:4700`);
    expect(uploads("dive-spoke-fra-kas-live-files")).toContain(`https://${HERE}:8443/realms/dive-v3-broker-usa/protocol/openid-connect/certs`);
    expect(broker()).toMatchObject({ jwksUrl: `https://${HERE}:8443/realms/dive-v3-broker-usa/protocol/openid-connect/certs` });
    expect(ofType("pulumi:providers:postgresql").map(({ inputs }) => inputs["host"])).toEqual([THERE]);
    expect(ofType("pulumi:providers:keycloak").map(({ inputs }) => inputs["url"])).toEqual([`https://${THERE}:8453`]);
  });

  it("is refused at preview without an address of its own", async () => {
    await expect(program.run(config)).rejects.toThrow(/dive:hub\.keycloakUrl: USA must be on the Docker host of this stack, which advertises no address\n {4}got: {5}"https:\/\/10\.0\.0\.1:8443"\n {4}allowed: https:\/\/localhost:<port>, or any with dive:advertiseAddress in this stack/);
    expect(program.containers()).toEqual([]);
  });

  it("is refused at preview with a Docker host that is none, beside everything else that is wrong", async () => {
    await expect(program.run({ ...config, dockerHost: "tcp://10.0.0.2:2375", portOffset: 1 })).rejects.toThrow(/breaks 2 rules[\s\S]*dive:portOffset[\s\S]*dive:dockerHost: must be the address of a Docker daemon/);
    expect(program.containers()).toEqual([]);
  });
});
