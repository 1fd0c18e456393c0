import { once } from "node:events";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createClientAgent } from "@dive/common";
import { generateDpopKey } from "@dive/common/dpop";
import { createKasClient, createTrustingFetch, fetchKasKey, type KasClient } from "@dive/common/kas-client";
import { seal, unseal, type SealOptions } from "@dive/common/sealed";
import { execa } from "execa";
import { MongoClient } from "mongodb";
import { request, type Agent } from "undici";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { revocationFederation, sitesOf } from "../../components/endpoints.ts";
import { trustedIssuers } from "../../components/parts/kas.ts";
import { readPolicies, withTables } from "../../components/policy-bundle.ts";
import { instanceSpif, instanceTable } from "../../components/policy-instance.ts";
import { createTestCa, type TestCertificate } from "../common/testing/certificates.ts";
import { createTestRealm } from "../common/testing/realm.ts";
import { readConfig } from "./config.ts";
import { createKas, type Kas } from "./kas.ts";
import { freePort, startContainer, testImage, type TestContainer } from "./testing/containers.ts";
import { createTestKeyset } from "./testing/test-kas.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PASSWORD = "password-of-the-test-redis";
const LABEL = { classification: "SECRET", releasabilityTo: ["USA", "FRA"], COI: [], coiOperator: "ALL", creationDate: "2026-01-01T00:00:00Z" } as const;
/** A French analyst who signed in with two factors, by the American realm. */
const CLAIMS = { clearance: "SECRET", acpCOI: ["NATO"], acr: "2", amr: ["pwd", "otp"] };

describe("a KAS with real Redis, OPA and MongoDB", () => {
  const sites = sitesOf({
    stack: "test", root: ROOT, namePrefix: "", portOffset: 0, bindAddress: "127.0.0.1", hub: { code: "USA", role: "hub" }, spokes: [{ code: "FRA", role: "spoke" }], partners: [], seedTestUsers: false,
  });
  const [hub, spokes] = [sites.hub!, sites.spokes];
  let redis: TestContainer, opa: TestContainer, mongodb: TestContainer;
  let kas: Kas;
  let agent: Agent;
  let database: MongoClient;
  let base: string;
  let realm: Awaited<ReturnType<typeof createTestRealm>>;
  const ending: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const ca = await createTestCa();
    const [server, client] = await Promise.all([ca.leaf("localhost"), ca.leaf("dive-hub-kas-client")]);
    const tls = { "tls.crt": server.cert, "tls.key": server.key, "tls.pem": `${server.cert}\n${server.key}`, "ca.crt": ca.cert };
    [redis, opa, mongodb] = await Promise.all([startRedis(tls), startOpa(tls), startMongodb(tls)]);
    for (const container of [redis, opa, mongodb]) ending.push(async () => container[Symbol.asyncDispose]());

    realm = await createTestRealm();
    const jwks = await serveJwks(server, realm.jwks);
    ending.push(async () => jwks.close());
    const port = await freePort();
    base = `https://localhost:${port}`;
    const config = readConfig({
      INSTANCE_CODE: "USA", PORT: String(port), BIND_ADDRESS: "127.0.0.1", LOG_LEVEL: "silent",
      TLS_CERT: server.cert, TLS_KEY: server.key, CA: ca.cert, CLIENT_CERT: client.cert, CLIENT_KEY: client.key,
      PUBLIC_URL: base, KEYSET: createTestKeyset(), ALLOWED_ORIGINS: JSON.stringify([hub.backendUrl]),
      TRUSTED_ISSUERS: JSON.stringify(trustedIssuers(hub, spokes).map((issuer) => ({ ...issuer, jwksUrl: `https://localhost:${(jwks.address() as AddressInfo).port}/certs` }))),
      MONGODB_URL: `mongodb://localhost:${mongodb.port}/dive-v3`, OPA_URL: `https://localhost:${opa.port}`,
      REDIS_URL: `rediss://localhost:${redis.port}`, REDIS_PASSWORD: PASSWORD,
      // One Redis is both here; who may write what on the blacklist is the matter of services/common/revocation.
      BLACKLIST_REDIS_URL: `rediss://localhost:${redis.port}`, REDIS_PASSWORD_BLACKLIST: PASSWORD, REVOCATION_FEDERATION: revocationFederation(hub),
    });
    agent = createClientAgent({ ca: [ca.cert] });
    database = new MongoClient(`mongodb://localhost:${mongodb.port}/dive-v3`, { tls: true, ca: ca.cert, cert: client.cert, key: client.key });
    ending.push(async () => agent.destroy(), () => database.close());
    kas = await createKas(config);
    await kas.start();
    ending.push(() => kas.stop("test"));
    await healthy("healthy", 200);
  });
  afterAll(async () => {
    for (const end of ending.reverse()) await end();
  });

  const health = async () => {
    const response = await request(`${base}/health/detailed`, { dispatcher: agent });
    return { status: response.statusCode, body: (await response.body.json()) as { status: string; services: Record<string, { status: string }>; circuitBreakers: Record<string, { state: string }> } };
  };
  const healthy = (status: string, code: number) =>
    vi.waitFor(async () => expect(await health()).toMatchObject({ status: code, body: { status } }), { timeout: 40_000, interval: 250 });
  const clientOf = async (claims: Record<string, unknown> = {}): Promise<KasClient> =>
    createKasClient({ allowed: [base], key: await generateDpopKey(), accessToken: await realm.token({ ...CLAIMS, ...claims }), fetch: createTrustingFetch(agent) });
  const sealed = async (changes: Partial<SealOptions> = {}) => {
    const sealing = await seal(Buffer.from("the content"), { label: LABEL, resourceId: "usa-1", kas: await fetchKasKey(base, "rsa:2048", { fetch: createTrustingFetch(agent) }), ...changes });
    const pieces: Uint8Array[] = [];
    for await (const piece of sealing.segments) pieces.push(piece);
    return { manifest: sealing.manifest(), payload: Buffer.concat(pieces) };
  };
  const open = async ({ manifest, payload }: Awaited<ReturnType<typeof sealed>>, { rewrap }: KasClient) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of (await unseal(manifest, payload, { rewrap })).plaintext) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  };
  const records = () => database.db().collection("kas_audit").find({}).sort({ time: 1 }).toArray();

  it("opens for who may and not for who may not, and records both", async () => {
    const object = await sealed();
    expect(await open(object, await clientOf())).toBe("the content");
    await expect(open(object, await clientOf({ clearance: "RESTRICTED" }))).rejects.toMatchObject({ status: 403, code: "DIVE_ERR_KAS_DENIED" });
    await expect(open(object, await clientOf({ acr: "1", amr: ["pwd"] }))).rejects.toMatchObject({ status: 403 });
    await expect(open(await sealed({ label: { ...LABEL, releasabilityTo: ["USA"] } }), await clientOf())).rejects.toMatchObject({ status: 403 });
    expect((await records()).map(({ decision, kid, uniqueID }) => [decision, kid, uniqueID])).toEqual(
      ["permit", "deny", "deny", "deny"].map((decision) => [decision, "usa-rsa-1", "fra:testuser-fra-1"]),
    );
    const text = JSON.stringify(await records());
    expect(text).not.toContain(object.manifest.encryptionInformation.keyAccess[0].protectedKey);
  });

  it("takes a proof once, over the network too", async () => {
    const object = await sealed();
    let sent: { url: string; init: Parameters<ReturnType<typeof createTrustingFetch>>[1] } | undefined;
    const trusting = createTrustingFetch(agent);
    const client = createKasClient({
      allowed: [base], key: await generateDpopKey(), accessToken: await realm.token(CLAIMS), fetch: (url, init) => trusting(url, (sent = { url, init }).init),
    });
    expect(await open(object, client)).toBe("the content");
    const again = await trusting(sent!.url, { ...sent!.init, signal: AbortSignal.timeout(5_000) });
    expect([again.status, await again.json()]).toMatchObject([401, { code: "DIVE_ERR_DPOP_REPLAYED" }]);
  });

  it("refuses without OPA, fails fast after five, and is healthy by itself again", async () => {
    const object = await sealed();
    await opa.stop();
    await healthy("unhealthy", 503);
    for (let n = 0; n < 5; n++) await expect(open(object, await clientOf())).rejects.toMatchObject({ status: 503 });
    expect((await health()).body.circuitBreakers["opa"]).toMatchObject({ state: "OPEN" });
    await opa.start();
    await healthy("healthy", 200);
  });

  it("refuses without MongoDB, since it could not record, and without Redis, since it could not tell replays", async () => {
    const object = await sealed();
    for (const [part, container] of [["mongodb", mongodb], ["redis", redis]] as const) {
      await container.stop();
      await vi.waitFor(async () => expect((await health()).body).toMatchObject({ status: "degraded", services: { [part]: { status: "down" } } }), { timeout: 30_000, interval: 250 });
      await expect(open(object, await clientOf())).rejects.toMatchObject({ status: 503 });
      await container.start();
      await healthy("healthy", 200);
    }
  });
});

describe("the image", () => {
  it("starts the service, which without its environment exits with 78 and names every variable", async () => {
    const { exitCode, all } = await execa("docker", ["run", "--rm", "--label", "dive.test=kas", testImage("kas")], { reject: false, all: true });
    expect(exitCode).toBe(78);
    expect(all).toContain("- KEYSET: is required");
  });
});

type Files = Readonly<Record<string, string>>;

function startRedis(tls: Files): Promise<TestContainer> {
  const settings = `port 0\ntls-port 6379\ntls-cert-file /run/dive/tls.crt\ntls-key-file /run/dive/tls.key\ntls-ca-cert-file /run/dive/ca.crt\ntls-auth-clients no\nrequirepass ${PASSWORD}\ndir /data\n`;
  return startContainer({ image: "redis", user: "999:0", internalPort: 6379, command: ["redis-server", "/run/dive/redis.conf"], files: { ...tls, "redis.conf": settings }, data: "/data" });
}

function startMongodb(tls: Files): Promise<TestContainer> {
  const command = ["mongod", "--bind_ip_all", "--port", "27017", "--dbpath", "/data/db", "--tlsMode", "requireTLS", "--tlsCertificateKeyFile", "/run/dive/tls.pem", "--tlsCAFile", "/run/dive/ca.crt"];
  return startContainer({ image: "mongodb", user: "999:0", internalPort: 27_017, command, files: tls, data: "/data/db" });
}

/** With the policy of the hub, its bundle unpacked and unsigned. */
function startOpa(tls: Files): Promise<TestContainer> {
  const hub = sitesOf({
    stack: "test", root: ROOT, namePrefix: "", portOffset: 0, bindAddress: "127.0.0.1", hub: { code: "USA", role: "hub" }, spokes: [{ code: "FRA", role: "spoke" }], partners: [], seedTestUsers: false,
  }).hub!;
  const policies = withTables(readPolicies(`${ROOT}/policies/authz`), { instance: instanceTable(hub), spif: instanceSpif(hub) });
  const command = [
    "run", "--server", "--addr=0.0.0.0:8181", "--tls-cert-file=/run/dive/tls.crt", "--tls-private-key-file=/run/dive/tls.key", "--tls-ca-cert-file=/run/dive/ca.crt",
    "--authentication=tls", "--authorization=basic", "--skip-version-check", "--bundle", "/run/dive/policies",
  ];
  const files = { ...tls, ...Object.fromEntries(Object.entries(policies).map(([name, content]) => [`policies/${name}`, content])) };
  return startContainer({ image: "opa", user: "1000:0", internalPort: 8_181, command, files });
}

async function serveJwks({ cert, key }: TestCertificate, jwks: object) {
  const server = createHttpsServer({ cert, key }, (_request, response) => response.end(JSON.stringify(jwks))).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
