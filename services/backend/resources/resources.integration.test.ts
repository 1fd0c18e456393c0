import { fileURLToPath } from "node:url";
import { createClientAgent, createServiceMetrics } from "@dive/common";
import { createAuditTrail } from "@dive/common/audit";
import { BREAKER_LIMITS, Breaker } from "@dive/common/breaker";
import { createOpaClient } from "@dive/common/opa";
import { MongoClient } from "mongodb";
import type { Agent } from "undici";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { sitesOf } from "../../../components/endpoints.ts";
import { readPolicies, withTables } from "../../../components/policy-bundle.ts";
import { instanceSpif, instanceTable } from "../../../components/policy-instance.ts";
import { createTestCa } from "../../common/testing/certificates.ts";
import { startContainer, type TestContainer } from "../../kas/testing/containers.ts";
import { createTestApp } from "../testing/test-app.ts";
import { form, type FormPart } from "../testing/form.ts";
import type { DecisionRecord } from "./decision-record.ts";
import { createDocuments } from "./documents.ts";
import { createEnforcement } from "./enforcement.ts";
import { createForeignDocuments } from "./foreign.ts";
import { createResourceMetrics } from "./metrics.ts";
import { newResourceId } from "./resource.ts";
import { createResourceStore, type ResourceStore } from "./resource-store.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** A French analyst who signed in with two factors at the hub. */
const CLAIMS = { clearance: "SECRET", acpCOI: ["NATO"], acr: "2", amr: ["pwd", "otp"] };

describe("the backend's resources with real MongoDB and OPA", () => {
  let mongodb: TestContainer, opaContainer: TestContainer;
  let client: MongoClient;
  let agent: Agent;
  let breaker: Breaker;
  let store: ResourceStore;
  let app: Awaited<ReturnType<typeof createTestApp>>;
  const ending: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const ca = await createTestCa();
    const [server, identity] = await Promise.all([ca.leaf("localhost"), ca.leaf("dive-hub-backend-client")]);
    const tls = { "tls.crt": server.cert, "tls.key": server.key, "tls.pem": `${server.cert}\n${server.key}`, "ca.crt": ca.cert };
    [mongodb, opaContainer] = await Promise.all([startMongodb(tls), startOpa(tls)]);
    client = new MongoClient(`mongodb://localhost:${mongodb.port}/dive-v3`, { tls: true, ca: ca.cert, cert: identity.cert, key: identity.key, serverSelectionTimeoutMS: 2_000 });
    agent = createClientAgent({ ca: [ca.cert], client: { cert: identity.cert, key: identity.key } });
    const opa = createOpaClient(`https://localhost:${opaContainer.port}`, agent);
    breaker = new Breaker({ name: "mongodb", ...BREAKER_LIMITS.mongodb, coolDownMs: 500, probe: () => client.db("admin").command({ ping: 1 }) });
    ending.push(async () => mongodb[Symbol.asyncDispose](), async () => opaContainer[Symbol.asyncDispose](), () => client.close(), () => agent.destroy(), async () => breaker.stop(), async () => opa.breaker.stop());
    await vi.waitFor(() => client.db("admin").command({ ping: 1 }), { timeout: 60_000, interval: 250 });
    await vi.waitFor(() => opa.probe(AbortSignal.timeout(2_000)), { timeout: 60_000, interval: 250 });
    store = createResourceStore(() => client.db(), breaker);
    const audit = createAuditTrail<DecisionRecord>({ collection: () => client.db().collection("audit"), breaker });
    const enforcement = createEnforcement({
      opa, audit, revocation: { verdict: () => ({ revoked: false, stale: false, ageMs: 0 }) }, metrics: createResourceMetrics(createServiceMetrics({ processMetrics: false }).registry),
    });
    app = await createTestApp({ routes: { store, enforcement, documents: createDocuments({ instanceCode: "USA", store, foreign: createForeignDocuments([], agent) }) } });
  });
  afterAll(async () => {
    for (const end of ending.reverse()) await end();
  });

  const as = async (claims: object) => ({ authorization: `Bearer ${await app.realm.token({ ...CLAIMS, ...claims })}` });
  const upload = async (fields: readonly FormPart[], content: string | Buffer = "the content", claims: object = {}) => {
    const { payload, headers } = form([...fields, { name: "file", filename: "a.txt", mimeType: "text/plain", content }]);
    return app.app.inject({ method: "POST", url: "/api/upload", headers: { ...(await as(claims)), ...headers }, payload });
  };
  const get = async (url: string, claims: object = {}) => app.app.inject({ url, headers: await as(claims) });
  const labelled = (title: string, classification: string, ...releasabilityTo: string[]): FormPart[] => [["title", title], ["classification", classification], ...releasabilityTo.map((code): FormPart => ["releasabilityTo", code])];

  it("gives each user what the hub's policy lets them see, through list, description and download alike, and records all of it", async () => {
    const american = { uniqueID: "usa:testuser-usa-4", countryOfAffiliation: "USA" };
    const made: Record<string, string> = {};
    const documents: [FormPart[], object][] = [
      [labelled("both", "SECRET", "USA", "FRA"), {}],
      [labelled("usa only", "CONFIDENTIAL", "USA"), american],
      [labelled("open", "UNCLASSIFIED", "USA", "FRA"), {}],
      [[...labelled("tomorrow", "UNCLASSIFIED", "USA", "FRA"), ["creationDate", new Date(Date.now() + 86_400_000).toISOString()]], {}],
    ];
    for (const [fields, claims] of documents) {
      const answer = await upload(fields, "the content", claims);
      expect([fields[0], answer.statusCode]).toEqual([fields[0], 201]);
      made[answer.json().title] = answer.json().resourceId;
    }
    const refused = await upload(labelled("not mine", "SECRET", "USA"));
    expect([refused.statusCode, refused.json().reason]).toEqual([403, "upload_not_releasable_to_own_country"]);

    const everybody = [
      [{}, { "both": "permitted", "usa only": "country_not_releasable", "open": "permitted", "tomorrow": "embargoed" }],
      [{ acr: "1", amr: ["pwd"] }, { "both": "authentication_insufficient", "open": "permitted" }],
      [american, { "both": "permitted", "usa only": "permitted" }],
      [{ clearance: "RESTRICTED" }, { "both": "clearance_insufficient", "open": "permitted" }],
    ] as const;
    for (const [claims, expected] of everybody) {
      const listed = (await get("/api/resources?limit=100", claims)).json().resources.map(({ title }: { title: string }) => title);
      for (const [title, reason] of Object.entries(expected)) {
        const allowed = reason === "permitted";
        expect([claims, title, listed.includes(title)]).toEqual([claims, title, allowed]);
        for (const suffix of ["", "/download"]) {
          const answer = await get(`/api/resources/${made[title]}${suffix}`, claims);
          expect([claims, title, suffix, answer.statusCode, allowed ? undefined : answer.json().reason]).toEqual([claims, title, suffix, allowed ? 200 : 403, allowed ? undefined : reason]);
        }
      }
    }
    const described = (await get(`/api/resources/${made["both"]}`)).json();
    expect(described).toMatchObject({ displayMarking: expect.stringContaining("SECRET"), obligations: [{ type: "kas", action: "request_key" }] });
    const records = await client.db().collection("audit").find({}).toArray();
    expect(records.filter(({ operation, reason }) => operation === "upload" && reason === "permitted")).toHaveLength(4);
    expect(records.find(({ operation, reason }) => operation === "download" && reason === "embargoed")).toMatchObject({ uniqueID: "fra:testuser-fra-1", resourceId: made["tomorrow"], requestId: expect.any(String), decision: "deny" });
  });

  it("has a changed label found out by the policy", async () => {
    const { resourceId } = (await upload(labelled("to be changed", "SECRET", "USA", "FRA"))).json();
    await client.db().collection<{ _id: string }>("resources").updateOne({ _id: resourceId }, { $set: { "label.classification": "UNCLASSIFIED" } });
    const answer = await get(`/api/resources/${resourceId}/download`);
    expect([answer.statusCode, answer.json().reason]).toEqual([403, "integrity_not_valid"]);
  });

  it("keeps a large document by segments and gives the same bytes back", async () => {
    const answer = await upload(labelled("large", "SECRET", "USA", "FRA"), Buffer.alloc(8_500_000, 7));
    expect(answer.statusCode).toBe(201);
    const { resourceId } = answer.json();
    expect(await client.db().collection("chunks").countDocuments({ _id: { $regex: `^${resourceId}/` } as never })).toBe(9);
    const download = await get(`/api/resources/${resourceId}/download`);
    expect(download.rawPayload.byteLength).toBe(Number(download.headers["content-length"]));
  });

  it("removes what a process that died has left, and nothing else", async () => {
    const dead = newResourceId("USA", Date.now() - 7_200_000);
    await store.begin(dead);
    for (const index of [0, 1]) await store.putChunk(dead, index, Buffer.from("x"));
    const young = newResourceId("USA", Date.now());
    await store.begin(young);
    await store.putChunk(young, 0, Buffer.from("x"));
    expect(await store.find(dead)).toBeUndefined();
    expect(await store.removeOrphans(Date.now() - 3_600_000)).toBe(1);
    await expect(store.chunk(dead, 0)).rejects.toThrow("missing");
    expect(Buffer.from(await store.chunk(young, 0)).toString()).toBe("x");
    await store.discard(young);
    expect(await client.db().collection("uploads").countDocuments()).toBe(0);
  });

  it("refuses without MongoDB, fails fast after five, and serves by itself again", async () => {
    const { resourceId } = (await upload(labelled("kept", "SECRET", "USA", "FRA"))).json();
    await mongodb.stop();
    for (let n = 0; n < 2; n++) expect((await get(`/api/resources/${resourceId}`)).statusCode).toBe(503);
    expect(breaker.state).toBe("OPEN");
    const before = performance.now();
    const refused = await get(`/api/resources/${resourceId}`);
    expect([refused.statusCode, refused.json().code, performance.now() - before < 1_000]).toEqual([503, "DIVE_ERR_STORE_UNAVAILABLE", true]);
    await mongodb.start();
    await vi.waitFor(async () => expect((await get(`/api/resources/${resourceId}`)).statusCode).toBe(200), { timeout: 60_000, interval: 250 });
  });
});

type Files = Readonly<Record<string, string>>;

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
