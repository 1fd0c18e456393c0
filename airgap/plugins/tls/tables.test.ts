import { createHash, createPublicKey } from "node:crypto";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Case, type Subject, type Table, driveTable } from "../server/table-driver.ts";
import { PluginProcess } from "../server/test-client.ts";
import { Life } from "../server/test-life.ts";
import { Secret } from "../server/values.ts";
import { type World, certificateOf, describeCertificate, describeRequest, keyOf, makeWorld, stateOf } from "./test-world.ts";

// Sources: schema and code of terraform-provider-tls, which the official plugin bridges, and this project's own rules.
const schema = "schema: RequiresReplace";
const ours = "own rule: refuse what cannot be fulfilled";
const noState = "Delete is a no-op: the state is all there is";

const key = (pattern: string) => (_seen: unknown, { stored }: Subject<World>) => expect(keyOf(stored)).toBe(pattern);
const request = (pattern: RegExp) => (_seen: unknown, { stored }: Subject<World>) => expect(describeRequest(stateOf(stored)["certRequestPem"] as string)).toMatch(pattern);
const certificate = (pattern: RegExp) => (_seen: unknown, { stored }: Subject<World>) => expect(describeCertificate(stateOf(stored)["certPem"] as string)).toMatch(pattern);

const privateKeys: Case<World>[] = [
  {
    does: "create", name: "RSA of 2048 bits, with the official defaults in the state", source: "schema: defaults 2048, P224",
    outputs: { algorithm: "RSA", rsaBits: 2048, ecdsaCurve: "P224" }, computed: ["privateKeyPem", "privateKeyPemPkcs8", "publicKeyPem", "publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256"], effect: key("rsa 2048"),
  },
  { does: "create", name: "ECDSA on a curve", source: "doc of ecdsaCurve", given: { algorithm: "ECDSA", ecdsaCurve: "P384" }, outputs: { ecdsaCurve: "P384", rsaBits: 2048 }, effect: key("ec secp384r1") },
  { does: "create", name: "Ed25519", source: "doc of algorithm", given: { algorithm: "ED25519" }, effect: key("ed25519") },
  {
    does: "create", name: "its id is the SHA-1 of the public key", source: "common_key.go, setPublicKeyAttributes",
    effect: (_seen, { stored }) => expect(stored!.id).toBe(createHash("sha1").update(createPublicKey(stateOf(stored)["publicKeyPem"] as string).export({ type: "spki", format: "der" })).digest("hex")),
  },
  { does: "create", name: "its private forms are secret", source: "schema: Sensitive", effect: (_seen, { stored }) => expect([stored!.state["privateKeyPem"], stored!.state["privateKeyPemPkcs8"]]).toEqual([expect.any(Secret), expect.any(Secret)]) },
  { does: "change", name: "algorithm", source: schema, change: { algorithm: "ED25519" }, verdict: { algorithm: "UPDATE_REPLACE" }, effect: key("ed25519") },
  { does: "change", name: "rsaBits", source: schema, given: { rsaBits: 2048 }, change: { rsaBits: 3072 }, verdict: { rsaBits: "UPDATE_REPLACE" }, effect: key("rsa 3072") },
  { does: "change", name: "ecdsaCurve", source: schema, given: { algorithm: "ECDSA", ecdsaCurve: "P256" }, change: { ecdsaCurve: "P521" }, verdict: { ecdsaCurve: "UPDATE_REPLACE" }, effect: key("ec secp521r1") },
  { does: "invalid", name: "algorithm is missing", source: "schema: Required", change: { algorithm: undefined }, failures: { algorithm: /^is required by/ } },
  { does: "invalid", name: "an algorithm that nobody knows", source: "schema: OneOf", change: { algorithm: "DSA" }, failures: { algorithm: /^must be one of "ECDSA", "ED25519", "RSA"; given: "DSA"$/ } },
  { does: "invalid", name: "a curve that nobody knows", source: "schema: OneOf", change: { algorithm: "ECDSA", ecdsaCurve: "P1" }, failures: { ecdsaCurve: /^must be one of/ } },
  { does: "invalid", name: "the official default curve P224", source: ours, change: { algorithm: "ECDSA" }, failures: { ecdsaCurve: /^must be given for ECDSA: the official default P224 is not supported/ } },
  { does: "invalid", name: "an RSA key that is too short", source: "own rule: NIST SP 800-57, 112 bits", change: { rsaBits: 1024 }, failures: { rsaBits: /^must be a whole number from 2048/ } },
  { does: "invalid", name: "a property that nobody knows", source: ours, change: { opensshComment: "x" }, failures: { opensshComment: /^is not a property/ } },
  { does: "delete", name: "twice", source: noState },
];

const requests: Case<World>[] = [
  { does: "create", name: "for a key alone", source: "schema: nothing else is required", outputs: { keyAlgorithm: "RSA" }, computed: ["certRequestPem", "keyAlgorithm"], effect: request(/Subject: *\n/) },
  { does: "create", name: "for an ECDSA key", source: "doc of keyAlgorithm", given: ({ world }) => ({ privateKeyPem: world.keys[1] }), outputs: { keyAlgorithm: "ECDSA" } },
  {
    does: "create", name: "with every attribute of a name", source: "common_cert.go, createSubjectDistinguishedNames",
    given: { subject: { commonName: "hub", organization: "DIVE", organizationalUnit: "Ops", locality: "Paris", province: "IDF", country: "FR", postalCode: "75001", streetAddresses: ["1 rue"], serialNumber: "7" } },
    effect: request(/C ?= ?FR.*O ?= ?DIVE.*OU ?= ?Ops.*L ?= ?Paris.*ST ?= ?IDF.*1 rue.*75001.*CN ?= ?hub.*7/),
  },
  { does: "create", name: "for names, addresses and URIs", source: "resource_cert_request.go, Create", given: { dnsNames: ["localhost"], ipAddresses: ["127.0.0.1", "::1"], uris: ["spiffe://dive/hub"] }, effect: request(/DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, URI:spiffe:\/\/dive\/hub/) },
  { does: "create", name: "its id is a SHA-1", source: "resource_cert_request.go, hashForState", effect: (_seen, { stored }) => expect(stored!.id).toMatch(/^[0-9a-f]{40}$/) },
  { does: "change", name: "privateKeyPem", source: "requireReplaceIfStateContainsPEMString", change: ({ world }) => ({ privateKeyPem: world.keys[1] }), verdict: { privateKeyPem: "UPDATE_REPLACE" }, effect: request(/id-ecPublicKey/) },
  { does: "change", name: "subject comes", source: schema, change: { subject: { commonName: "hub" } }, verdict: { subject: "ADD_REPLACE" }, effect: request(/CN ?= ?hub/) },
  { does: "change", name: "a part of the subject", source: schema, given: { subject: { commonName: "hub" } }, change: { subject: { commonName: "spoke" } }, verdict: { "subject.commonName": "UPDATE_REPLACE" }, effect: request(/CN ?= ?spoke/) },
  { does: "change", name: "dnsNames", source: schema, given: { dnsNames: ["a"] }, change: { dnsNames: ["a", "b"] }, verdict: { "dnsNames[1]": "ADD_REPLACE" }, effect: request(/DNS:a, DNS:b/) },
  { does: "change", name: "the order of dnsNames", source: "schema: a list, RequiresReplace", given: { dnsNames: ["a", "b"] }, change: { dnsNames: ["b", "a"] }, verdict: { "dnsNames[0]": "UPDATE_REPLACE", "dnsNames[1]": "UPDATE_REPLACE" } },
  { does: "change", name: "ipAddresses", source: schema, given: { ipAddresses: ["127.0.0.1"] }, change: { ipAddresses: ["127.0.0.2"] }, verdict: { "ipAddresses[0]": "UPDATE_REPLACE" }, effect: request(/IP Address:127.0.0.2/) },
  { does: "change", name: "uris go", source: schema, given: { uris: ["spiffe://dive/hub"] }, change: { uris: undefined }, verdict: { uris: "DELETE_REPLACE" } },
  { does: "refuse", name: "what is no key", source: "resource_cert_request.go, parsePrivateKeyPEM", given: { privateKeyPem: "not a key" }, message: /privateKeyPem is not a private key in PEM/ },
  { does: "invalid", name: "privateKeyPem is missing", source: "schema 4.x: Required; the write-only form is not supported", change: { privateKeyPem: undefined }, failures: { privateKeyPem: /^is required by/ } },
  { does: "invalid", name: "what is no address", source: "resource_cert_request.go, Invalid IP address", change: { ipAddresses: ["127.0.0.1", "localhost"] }, failures: { "ipAddresses[1]": /^must be an IPv4 or IPv6 address; given: "localhost"$/ } },
  { does: "invalid", name: "what is no URI", source: "resource_cert_request.go, Invalid URI", change: { uris: ["no scheme"] }, failures: { "uris[0]": /^must be an absolute URI/ } },
  { does: "invalid", name: "an attribute that no name has", source: ours, change: { subject: { nickname: "x" } }, failures: { "subject.nickname": /^is not a property/ } },
  { does: "delete", name: "twice", source: noState },
];

const certificates: Case<World>[] = [
  {
    does: "create", name: "with what is required, every default in the state", source: "schema: defaults",
    outputs: { caKeyAlgorithm: "ECDSA", earlyRenewalHours: 0, isCaCertificate: false, setSubjectKeyId: false, readyForRenewal: false },
    computed: ["certPem", "caKeyAlgorithm", "readyForRenewal", "validityStartTime", "validityEndTime"],
    effect: (_seen, { stored, world }) => expect(certificateOf(stored).verify(createPublicKey(world.authority.certificate))).toBe(true),
  },
  { does: "create", name: "its id is the serial number, decimal", source: "common_cert.go, createCertificate", effect: (_seen, { stored }) => expect(BigInt(`0x${certificateOf(stored).serialNumber}`).toString()).toBe(stored!.id) },
  { does: "create", name: "it is valid from now for so many hours", source: "doc of validityPeriodHours", effect: (_seen, { stored }) => expect(certificateOf(stored).validToDate.getTime() - certificateOf(stored).validFromDate.getTime()).toBe(48 * 3_600_000) },
  { does: "create", name: "its times are RFC 3339", source: "doc of validityEndTime", effect: (_seen, { stored }) => expect(stateOf(stored)["validityEndTime"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
  { does: "create", name: "the names of its request", source: "resource_locally_signed_cert.go, Create", effect: certificate(/DNS:localhost/) },
  { does: "change", name: "certRequestPem", source: "requireReplaceIfStateContainsPEMString", change: ({ world }) => ({ certRequestPem: world.requests[1] }), verdict: { certRequestPem: "UPDATE_REPLACE" }, effect: certificate(/CN ?= ?two/) },
  { does: "change", name: "the authority", source: "requireReplaceIfStateContainsPEMString", change: ({ world }) => ({ caCertPem: world.other.certificate, caPrivateKeyPem: world.other.key }), verdict: { caCertPem: "UPDATE_REPLACE", caPrivateKeyPem: "UPDATE_REPLACE" }, effect: certificate(/Issuer: CN ?= ?other/) },
  { does: "change", name: "allowedUses", source: schema, change: { allowedUses: ["digital_signature", "client_auth"] }, verdict: { "allowedUses[1]": "UPDATE_REPLACE" }, effect: certificate(/TLS Web Client Authentication/) },
  { does: "change", name: "the order of allowedUses", source: "schema: a list, RequiresReplace", change: { allowedUses: ["server_auth", "digital_signature"] }, verdict: { "allowedUses[0]": "UPDATE_REPLACE", "allowedUses[1]": "UPDATE_REPLACE" } },
  { does: "change", name: "validityPeriodHours", source: schema, change: { validityPeriodHours: 72 }, verdict: { validityPeriodHours: "UPDATE_REPLACE" } },
  { does: "change", name: "isCaCertificate", source: schema, change: { isCaCertificate: true }, verdict: { isCaCertificate: "UPDATE_REPLACE" }, effect: certificate(/CA:TRUE/) },
  { does: "change", name: "setSubjectKeyId", source: schema, change: { setSubjectKeyId: true }, verdict: { setSubjectKeyId: "UPDATE_REPLACE" }, effect: certificate(/Subject Key Identifier/) },
  { does: "change", name: "earlyRenewalHours, in place", source: "schema: no RequiresReplace", change: { earlyRenewalHours: 1 }, verdict: { earlyRenewalHours: "UPDATE" } },
  { does: "refuse", name: "a key that is not the authority's", source: "Go x509.CreateCertificate checks it", given: ({ world }) => ({ caPrivateKeyPem: world.other.key }), message: /caPrivateKeyPem does not belong to caCertPem/ },
  { does: "refuse", name: "what is no request", source: "parseCertificateRequest", given: { certRequestPem: "not a request" }, message: /certRequestPem is not a certificate request in PEM/ },
  { does: "refuse", name: "what is no certificate", source: "parseCertificate", given: { caCertPem: "not a certificate" }, message: /caCertPem is not a certificate in PEM/ },
  { does: "invalid", name: "what is required is missing", source: "schema: Required", change: { certRequestPem: undefined, caCertPem: undefined, caPrivateKeyPem: undefined, allowedUses: undefined, validityPeriodHours: undefined }, failures: { certRequestPem: /^is required/, caCertPem: /^is required/, caPrivateKeyPem: /^is required/, allowedUses: /^is required/, validityPeriodHours: /^is required/ } },
  { does: "invalid", name: "a use that nobody knows", source: "schema: OneOf", change: { allowedUses: ["fly"] }, failures: { "allowedUses[0]": /^must be one of/ } },
  { does: "invalid", name: "no hour", source: "own rule; officially 0 is valid and never usable", change: { validityPeriodHours: 0 }, failures: { validityPeriodHours: /above 0; given: 0$/ } },
  { does: "invalid", name: "a renewal as long as its life", source: "own rule: pulumi-tls#128, it would be replaced by every update", change: { earlyRenewalHours: 48 }, failures: { earlyRenewalHours: /below validityPeriodHours/ } },
  { does: "invalid", name: "maxPathLength", source: ours, change: { maxPathLength: 0 }, failures: { maxPathLength: /^is not a property/ } },
  { does: "delete", name: "twice", source: noState },
];

const certificateBase = ({ world }: Subject<World>) => ({ certRequestPem: world.requests[0], caCertPem: world.authority.certificate, caPrivateKeyPem: world.authority.key, allowedUses: ["digital_signature", "server_auth"], validityPeriodHours: 48 });
const look = async (): Promise<undefined> => undefined;
const tables: Table<World>[] = [
  { token: "tls:index/privateKey:PrivateKey", logical: true, base: () => ({ algorithm: "RSA" }), look, cases: privateKeys },
  { token: "tls:index/certRequest:CertRequest", logical: true, base: ({ world }) => ({ privateKeyPem: world.keys[0] }), look, cases: requests },
  { token: "tls:index/locallySignedCert:LocallySignedCert", logical: true, base: certificateBase, look, cases: certificates },
];

describe("tls by tables", { timeout: 60_000 }, () => {
  let plugin: PluginProcess;
  let world: World;
  beforeAll(async () => {
    world = makeWorld();
    plugin = await PluginProcess.start(fileURLToPath(new URL("main.ts", import.meta.url)), tables[0]!.token);
  });
  afterAll(() => plugin[Symbol.asyncDispose]());

  for (const table of tables) driveTable(table, () => plugin, () => world);

  it.each(tables.map(({ token }) => [token]))("%s: an import is refused (source: the official resource has no ImportState)", async (token) => {
    await expect(plugin.of(token).read("imported", "any", {}, {})).rejects.toMatchObject({ details: expect.stringContaining("cannot be imported") as string });
  });

  it("LocallySignedCert: replaces when its renewal is due (source: modifyPlanIfCertificateReadyForRenewal)", async () => {
    const life = new Life(plugin.of(tables[2]!.token), "due");
    const program = certificateBase({ world, name: "due", stored: undefined });
    await life.up(program, look);
    // Time cannot be moved in another process; the end in the state can.
    life.stored = { ...life.stored!, state: { ...life.stored!.state, validityEndTime: new Date(Date.now() - 1000).toISOString() } };
    expect(await life.diff(program)).toMatchObject({ replaces: ["readyForRenewal"], detailed: { readyForRenewal: "UPDATE_REPLACE" } });
    await life.refresh();
    expect(stateOf(life.stored)["readyForRenewal"]).toBe(true);
    await life.up(program, look);
    expect(await life.diff(program)).toMatchObject({ changed: false });
  });
});
