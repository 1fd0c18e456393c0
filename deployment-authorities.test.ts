/** Nations with certificate authorities of their own, on mocks: who trusts whom for what, and what a new one touches. */
import * as fs from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { testAuthority } from "./services/common/testing/test-servers.ts";
import { testHubDescriptor, testSpokeDescriptor } from "./tests/support/descriptors.ts";
import { mockProgram, type MockProgram } from "./tests/support/mock-program.ts";

const foreign = testAuthority().certificate;
/** The program makes some 150 resources, and signs a bundle for each instance. */
const LIMIT = { timeout: 120_000 };
let program: MockProgram;

beforeAll(async () => void (program = await mockProgram(testHubDescriptor().caCertificate)));
afterAll(() => fs.rmSync(program.caroot, { recursive: true }));
beforeEach(() => program.clear());

const container = (name: string) => program.containers().find(({ inputs }) => inputs["name"] === name)!;
/** What a writer writes; a secret as soon as one of it is, and then the mocks get it wrapped. */
const uploadsOf = (writer: string): { file: string; content: string }[] => {
  const { uploads } = container(writer).inputs as { uploads: { file: string; content: string }[] & { value?: { file: string; content: string }[] } };
  return uploads.value ?? uploads;
};
const fileOf = (writer: string, name: string) => uploadsOf(writer).find(({ file }) => file.endsWith(`/${name}`))?.content;
const inputsOf = () => new Map(program.registered.map(({ type, name, inputs }) => [`${type} ${name}`, JSON.stringify(inputs)]));

it("a partner with an authority that is new changes the hub's Keycloak, and else only what is followed", LIMIT, async () => {
  await program.run({ hub: { code: "USA" } });
  const before = inputsOf();
  program.clear();
  await program.run({ hub: { code: "USA" }, partners: [{ ...testSpokeDescriptor("FRA"), caCertificate: foreign }] });
  const after = inputsOf();
  const changed = [...before].filter(([key, inputs]) => key.includes("container:Container") && after.get(key) !== inputs).map(([key]) => key.split(" ")[1]!);
  expect(changed.filter((name) => !name.endsWith("-live-files-writer")).sort()).toEqual(["hub-keycloak-container", "hub-keycloak-files-writer"]);
  expect(fileOf("dive-hub-keycloak-files", "partners-ca.crt")?.trim()).toBe(foreign.trim());
  expect(fileOf("dive-hub-keycloak-files", "keycloak.conf")).toContain("truststore-paths=/run/dive/ca.crt,/run/dive/partners-ca.crt\n");
});

it("a partner's authority is trusted for that partner alone", LIMIT, async () => {
  await program.run({ hub: { code: "USA" }, partners: [{ ...testSpokeDescriptor("FRA"), caCertificate: foreign }, testSpokeDescriptor("DEU")] });
  const authorities = (writer: string, file: string, code: string) => (JSON.parse(fileOf(writer, file)!) as Record<string, string>[]).map((one) => [one[code], one["ca"]]);
  expect(authorities("dive-hub-backend-live-files", "federation-partners.json", "code")).toEqual([["FRA", foreign], ["DEU", undefined]]);
  expect(authorities("dive-hub-kas-live-files", "trusted-issuers.json", "country")).toEqual([["USA", undefined], ["FRA", foreign], ["DEU", undefined]]);
  for (const name of ["dive-hub-backend-files", "dive-hub-postgres-files", "dive-hub-opa-files"]) expect(fileOf(name, "ca.crt")?.trim(), name).toBe(testHubDescriptor().caCertificate.trim());
});

it("a spoke trusts the hub's authority for the blacklist and the link", LIMIT, async () => {
  await program.run({ role: "spoke", spokes: [{ code: "FRA" }], hub: { ...testHubDescriptor(), caCertificate: foreign } });
  for (const service of ["backend", "kas"]) {
    expect(fileOf(`dive-spoke-fra-${service}-files`, "blacklist-ca.crt"), service).toBe(foreign);
    expect(container(`dive-spoke-fra-${service}`).inputs["envs"], service).toContain("BLACKLIST_CA_FILE=/run/dive/blacklist-ca.crt");
  }
  const checks = program.registered.filter(({ type }) => type.endsWith(":OidcCheck"));
  expect(checks.length).toBe(3);
  for (const { inputs } of checks) {
    expect(inputs["from"].caCertificate).toBe(foreign);
    expect(JSON.stringify(inputs["to"])).toContain(JSON.stringify(testHubDescriptor().caCertificate));
  }
});

it("nothing changes where all have the stack's authority", LIMIT, async () => {
  await program.run({ role: "spoke", spokes: [{ code: "FRA" }], hub: testHubDescriptor() });
  expect(fileOf("dive-spoke-fra-keycloak-files", "keycloak.conf")).toContain("truststore-paths=/run/dive/ca.crt\n");
  for (const name of ["keycloak", "backend", "kas"]) expect(uploadsOf(`dive-spoke-fra-${name}-files`).filter(({ file }) => /(partners|blacklist)-ca/.test(file))).toEqual([]);
});
