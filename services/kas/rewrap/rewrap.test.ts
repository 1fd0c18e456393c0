import { createHmac } from "node:crypto";
import { createProof, generateDpopKey, ReplayStoreUnavailableError } from "@dive/common/dpop";
import { signRequest, type RewrapRequestBody, type RewrapResponse } from "@dive/common/kas-client";
import { DecisionUnavailableError, type PolicyInput } from "@dive/common/opa";
import { createReceivingKey, encodePolicy, parsePolicy, seal, type Manifest } from "@dive/common/sealed";
import { SignJWT } from "jose";
import { describe, expect, it, vi } from "vitest";
import { ALLOW, DENY, KAS_URL, createTestKas, createTestKeyset, type TestKasOptions } from "../testing/test-kas.ts";

const LABEL = { classification: "SECRET", releasabilityTo: ["USA"], COI: [], coiOperator: "ALL", creationDate: "2026-11-24T02:00:00Z" } as const;
const URL = `${KAS_URL}/kas/v2/rewrap`;
// Making RSA keys is slow: one file for all.
const KEYSET = createTestKeyset();

async function setUp(options: TestKasOptions = {}) {
  const kas = await createTestKas({ keyset: KEYSET, ...options });
  const receiving = await createReceivingKey("ec:secp256r1");
  const manifest = async (changes: object = {}): Promise<Manifest> => {
    const sealing = await seal(Buffer.from("x"), { label: { ...LABEL, ...changes }, resourceId: "usa-1", kas: await kas.publicKey("ec:secp256r1") });
    for await (const segment of sealing.segments) expect(segment.byteLength).toBeGreaterThan(0);
    return sealing.manifest();
  };
  const bodyFor = (...manifests: readonly Manifest[]): RewrapRequestBody => ({
    clientPublicKey: receiving.publicKey,
    requests: manifests.map(({ encryptionInformation: { policy, keyAccess } }, index) => ({
      policy: { id: `policy-${index}`, body: policy },
      keyAccessObjects: keyAccess.map((access) => ({ keyAccessObjectId: "kao-0", keyAccessObject: { ...access } })),
    })),
  });
  /** A call with anything changed. */
  const call = async (body: RewrapRequestBody | string, changes: { token?: string; srt?: string; dpop?: string | null; payload?: unknown } = {}) => {
    const token = changes.token ?? (await kas.realm.token());
    const dpop = changes.dpop === undefined ? await createProof(kas.key, { method: "POST", url: URL, accessToken: token }) : changes.dpop;
    const srt = changes.srt ?? (typeof body === "string" ? await srtOf({ requestBody: body }) : await signRequest(kas.key, body));
    const payload = changes.payload ?? { signedRequestToken: srt };
    return kas.app.inject({ method: "POST", url: "/kas/v2/rewrap", headers: { authorization: `DPoP ${token}`, ...(dpop === null ? {} : { dpop }) }, payload: payload as object });
  };
  const srtOf = (claims: Record<string, unknown>, key = kas.key) => {
    const seconds = Math.floor(Date.now() / 1_000);
    return new SignJWT({ iat: seconds, exp: seconds + 60, ...claims }).setProtectedHeader({ alg: "ES256" }).sign(key.privateKey);
  };
  return { ...kas, receiving, manifest, bodyFor, call, srtOf };
}

/** The first key access object of a body, changed. */
function withAccess(body: RewrapRequestBody, changes: object): RewrapRequestBody {
  const [request] = body.requests;
  const [access] = request!.keyAccessObjects;
  return { ...body, requests: [{ ...request!, keyAccessObjects: [{ ...access!, keyAccessObject: { ...access!.keyAccessObject, ...changes } }] }] };
}

function withPolicy(body: RewrapRequestBody, policy: string): RewrapRequestBody {
  return { ...body, requests: [{ ...body.requests[0]!, policy: { id: "policy-0", body: policy } }] };
}

describe("a denial", async () => {
  const kas = await setUp();
  const one = await kas.manifest();
  const other = await kas.manifest();
  const good = kas.bodyFor(one);
  const { policy, keyAccess: [access] } = one.encryptionInformation;
  const parsed = parsePolicy(policy);
  const lowered = encodePolicy({ ...parsed, body: { ...parsed.body, label: { ...LABEL, classification: "UNCLASSIFIED" } } });
  const flipped = (text: string) => `${text[0] === "A" ? "B" : "A"}${text.slice(1)}`;

  const cases: readonly (readonly [string, string, RewrapRequestBody])[] = [
    ["a lowered label", "binding_invalid", withPolicy(good, lowered)],
    ["another object's label", "binding_invalid", withPolicy(good, other.encryptionInformation.policy)],
    ["no policy at all", "binding_invalid", withPolicy(good, btoa("{}"))],
    ["a changed binding", "binding_invalid", withAccess(good, { policyBinding: { alg: "HS256", hash: flipped(access.policyBinding.hash) } })],
    ["another object's key", "binding_invalid", withAccess(good, { protectedKey: other.encryptionInformation.keyAccess[0].protectedKey, ephemeralKey: other.encryptionInformation.keyAccess[0].ephemeralKey })],
    ["a changed key", "key_not_opened", withAccess(good, { protectedKey: flipped(access.protectedKey) })],
    ["a key of the other kind", "key_not_opened", withAccess(good, { kid: "usa-rsa-1" })],
    ["an unknown key id", "key_unknown", withAccess(good, { kid: "fra-ec-1" })],
    ["an unknown algorithm", "key_access_malformed", withAccess(good, { alg: "RSA-OAEP" })],
    ["an algorithm that has to be guessed", "key_access_malformed", withAccess(good, { alg: undefined, type: "ec-wrapped" })],
    ["an unknown binding algorithm", "key_access_malformed", withAccess(good, { policyBinding: { alg: "none", hash: access.policyBinding.hash } })],
    ["a key that is no base64", "key_access_malformed", withAccess(good, { protectedKey: "!" })],
    ["a missing one-time key", "key_access_malformed", withAccess(good, { ephemeralKey: undefined })],
  ];

  it.each(cases)("for %s says no more than any other, and is recorded as %s", async (_what, reason, body) => {
    const before = kas.records.length;
    const response = await kas.call(body);
    expect(response.statusCode).toBe(403);
    expect(response.json()).toEqual({ error: "Forbidden", code: "DIVE_ERR_KAS_DENIED", message: "permission denied", requestId: expect.any(String) });
    expect(kas.records.slice(before)).toMatchObject([{ decision: "deny", reason, policyBound: false, sub: "2b8f1c1e", jkt: expect.any(String) }]);
    // Policy was asked all the same, about nothing: else the time would tell.
    expect(kas.inputs.at(-1)).toMatchObject({ action: { operation: "decrypt" }, resource: {} });
  });

  it("by policy says the same", async () => {
    const denying = await setUp({ decide: async () => DENY });
    const response = await denying.call(denying.bodyFor(await denying.manifest()));
    expect([response.statusCode, response.json().message]).toEqual([403, "permission denied"]);
    expect(denying.records).toMatchObject([{ decision: "deny", reason: "clearance_insufficient", policyBound: true }]);
  });

  it("is not needed for the unchanged request, whatever the caller adds to it", async () => {
    const claiming = { ...good, userIdentity: { clearance: "TOP_SECRET" }, requests: good.requests.map((request) => ({ ...request, subject: { clearance: "TOP_SECRET" } })) };
    const response = await kas.call(claiming);
    expect(response.statusCode).toBe(200);
    expect(kas.inputs.at(-1)).toMatchObject({ subject: { clearance: "UNCLASSIFIED" }, resource: { classification: "SECRET" } });
    expect(JSON.stringify(kas.inputs.at(-1))).not.toContain("TOP_SECRET");
  });
});

describe("several keys in one request", () => {
  const byResource = (allow: (input: PolicyInput) => boolean) => async (input: PolicyInput) => (allow(input) ? ALLOW : DENY);

  it("are decided on each by itself: 200 when one is released", async () => {
    const kas = await setUp({ decide: byResource(({ resource }) => resource.classification === "UNCLASSIFIED") });
    const low = await kas.manifest({ classification: "UNCLASSIFIED" });
    const response = await kas.call(kas.bodyFor(low, await kas.manifest()));
    expect(response.statusCode).toBe(200);
    const body = response.json<RewrapResponse>();
    expect(body).toEqual({
      sessionPublicKey: expect.stringContaining("BEGIN PUBLIC KEY"),
      responses: [
        { policyId: "policy-0", results: [{ keyAccessObjectId: "kao-0", status: "permit", kasWrappedKey: expect.any(String) }] },
        { policyId: "policy-1", results: [{ keyAccessObjectId: "kao-0", status: "fail", error: "permission denied" }] },
      ],
    });
    const key = await kas.receiving.open(body.responses[0]!.results[0]!.kasWrappedKey!, body.sessionPublicKey);
    const { policy, keyAccess: [access] } = low.encryptionInformation;
    expect(createHmac("sha256", key).update(policy).digest("base64")).toBe(access.policyBinding.hash);
    expect(kas.records.map(({ decision }) => decision)).toEqual(["permit", "deny"]);
  });

  it("of one policy ask policy once", async () => {
    const kas = await setUp();
    const body = kas.bodyFor(await kas.manifest());
    const [request] = body.requests;
    const [access] = request!.keyAccessObjects;
    const twice = { ...body, requests: [{ ...request!, keyAccessObjects: [access!, { ...access!, keyAccessObjectId: "kao-1" }] }] };
    expect((await kas.call(twice)).json<RewrapResponse>().responses[0]!.results.map(({ status }) => status)).toEqual(["permit", "permit"]);
    expect(kas.inputs).toHaveLength(1);
    expect(kas.records).toHaveLength(2);
  });

  it("may be 100 at most", async () => {
    const kas = await setUp();
    const body = kas.bodyFor(await kas.manifest());
    const many = (count: number) => ({ ...body, requests: [{ ...body.requests[0]!, keyAccessObjects: Array.from({ length: count }, (_, index) => ({ ...body.requests[0]!.keyAccessObjects[0]!, keyAccessObjectId: `kao-${index}` })) }] });
    expect((await kas.call(many(101))).statusCode).toBe(400);
    expect((await kas.call(many(100))).statusCode).toBe(200);
  });
});

describe("a key access object", () => {
  it("may use the former names and the binding of former clients", async () => {
    const kas = await setUp();
    const body = kas.bodyFor(await kas.manifest());
    const { protectedKey, ephemeralKey, policyBinding } = body.requests[0]!.keyAccessObjects[0]!.keyAccessObject as { protectedKey: string; ephemeralKey: string; policyBinding: { hash: string } };
    const hex = btoa(Buffer.from(policyBinding.hash, "base64").toString("hex"));
    const former = withAccess(body, { protectedKey: undefined, wrappedKey: protectedKey, ephemeralKey: undefined, ephemeralPublicKey: ephemeralKey, policyBinding: hex, url: KAS_URL, type: "ec-wrapped" });
    expect((await kas.call(former)).statusCode).toBe(200);
  });
});

describe("nothing is released when nobody can", () => {
  it("decide: 503, for a good key and for a bad one alike", async () => {
    const kas = await setUp({ decide: () => Promise.reject(new DecisionUnavailableError(new Error("down"))) });
    const good = kas.bodyFor(await kas.manifest());
    for (const body of [good, withAccess(good, { kid: "other" })]) {
      const response = await kas.call(body);
      expect([response.statusCode, response.json().code, response.headers["retry-after"]]).toEqual([503, "DIVE_ERR_KAS_UNAVAILABLE", "5"]);
    }
    expect(kas.records).toMatchObject([{ decision: "unavailable", reason: "decision_unavailable" }, { decision: "unavailable", reason: "key_unknown" }]);
  });

  it("record: 503, though policy permits", async () => {
    const kas = await setUp({ record: () => Promise.reject(Object.assign(new Error("down"), { statusCode: 503 })) });
    const response = await kas.call(kas.bodyFor(await kas.manifest()));
    expect(response.statusCode).toBeGreaterThanOrEqual(500);
    expect(response.body).not.toContain("kasWrappedKey");
  });

  it("tell whether the proof was used before: 503", async () => {
    const kas = await setUp({ replays: { claim: () => Promise.reject(new ReplayStoreUnavailableError(new Error("down"))) } });
    const response = await kas.call(kas.bodyFor(await kas.manifest()));
    expect([response.statusCode, response.json().code]).toEqual([503, "DIVE_ERR_REPLAY_STORE_UNAVAILABLE"]);
    expect(kas.records).toMatchObject([{ decision: "unavailable", reason: "replay_store_unavailable" }]);
  });

  it("tell whether the token was revoked: 503 above UNCLASSIFIED", async () => {
    const kas = await setUp({ revocations: { verdict: () => ({ revoked: false, stale: true }) }, decide: async ({ resource }) => (resource.resourceId === undefined ? DENY : ALLOW) });
    const [low, high] = [kas.bodyFor(await kas.manifest({ classification: "UNCLASSIFIED" })), kas.bodyFor(await kas.manifest({ classification: "RESTRICTED" }))];
    expect((await kas.call(low)).statusCode).toBe(200);
    for (const body of [high, withAccess(low, { kid: "other" })]) expect((await kas.call(body)).statusCode).toBe(503);
    expect(kas.records.map(({ decision, reason }) => [decision, reason])).toEqual([["permit", "permitted"], ["unavailable", "revocations_stale"], ["unavailable", "key_unknown"]]);
  });
});

describe("a call is refused before any key is looked at", () => {
  it("with a revoked token", async () => {
    const kas = await setUp({ revocations: { verdict: () => ({ revoked: true, stale: false }) } });
    const response = await kas.call(kas.bodyFor(await kas.manifest()));
    expect([response.statusCode, response.json().code]).toEqual([401, "DIVE_ERR_TOKEN_REVOKED"]);
    expect(kas.records).toMatchObject([{ decision: "deny", reason: "token_revoked", uniqueID: "fra:testuser-fra-1" }]);
    expect(kas.inputs).toEqual([]);
  });

  it("with a bad token, a bad proof, or one used before; each is recorded", async () => {
    const kas = await setUp();
    const body = kas.bodyFor(await kas.manifest());
    const token = await kas.realm.token();
    const dpop = await createProof(kas.key, { method: "POST", url: URL, accessToken: token });
    const attempts = [
      [await kas.call(body, { token: await kas.realm.token({ exp: 1_000 }) }), 401, "token_expired"],
      [await kas.call(body, { token: await kas.realm.token({ iss: "https://other/realms/x" }) }), 401, "token_issuer"],
      [await kas.call(body, { token: "a.b.c" }), 401, "token_malformed"],
      [await kas.call(body, { dpop: null }), 401, "dpop_missing"],
      [await kas.call(body, { token: await kas.realm.token({ jti: "another" }), dpop }), 401, "dpop_token"],
      [await kas.call(body, { token, dpop }), 200, "permitted"],
      [await kas.call(body, { token, dpop }), 401, "dpop_replayed"],
    ] as const;
    expect(attempts.map(([response]) => response.statusCode)).toEqual(attempts.map(([, status]) => status));
    expect(kas.records.map(({ reason }) => reason)).toEqual(attempts.map(([, , reason]) => reason));
    for (const [response, status] of attempts) if (status === 401) expect(response.headers["www-authenticate"]).toMatch(/^DPoP /);
    expect(await kas.metrics.registry.metrics()).toContain('dive_v3_invalid_tokens_total{reason="dpop_replayed"} 1');
  });

  it("with a request token of another key or another time", async () => {
    const kas = await setUp();
    const body = kas.bodyFor(await kas.manifest());
    const requestBody = JSON.stringify(body);
    const now = Math.floor(Date.now() / 1_000);
    for (const srt of [
      await signRequest(await generateDpopKey(), body),
      await kas.srtOf({ requestBody, iat: now - 70 }),
      await kas.srtOf({ requestBody, iat: undefined }),
      await kas.srtOf({ requestBody, exp: now - 10 }),
      (await signRequest(kas.key, body)).replace(/\.[^.]+\./, `.${Buffer.from(JSON.stringify({ iat: now, requestBody })).toString("base64url")}.`),
    ]) {
      const response = await kas.call(body, { srt });
      expect([response.statusCode, response.json().code]).toEqual([401, "DIVE_ERR_KAS_REQUEST_TOKEN"]);
    }
    expect(kas.records).toHaveLength(5);
    expect(kas.inputs).toEqual([]);
  });

  it("when it cannot be understood: 400", async () => {
    const kas = await setUp();
    const good = kas.bodyFor(await kas.manifest());
    const bodies: readonly unknown[] = [
      null, [], {}, { ...good, clientPublicKey: "x" }, { ...good, clientPublicKey: 7 }, { ...good, requests: [] }, { ...good, requests: {} }, { ...good, requests: [null] },
      { ...good, requests: [{ ...good.requests[0], keyAccessObjects: [] }] }, { ...good, requests: [{ ...good.requests[0], policy: { id: "a" } }] },
      { ...good, requests: [{ ...good.requests[0], policy: { id: "a", body: "x".repeat(65_537) } }] },
      { ...good, requests: [{ ...good.requests[0], keyAccessObjects: [{ keyAccessObjectId: "", keyAccessObject: {} }] }] },
      { ...good, requests: [{ ...good.requests[0], keyAccessObjects: [{ keyAccessObjectId: "a", keyAccessObject: null }] }] },
    ];
    for (const body of bodies) expect([JSON.stringify(body)?.slice(0, 80), (await kas.call(JSON.stringify(body))).statusCode]).toEqual([JSON.stringify(body)?.slice(0, 80), 400]);
    expect((await kas.call("{")).statusCode).toBe(400);
    expect((await kas.call(good, { srt: "nonsense" })).statusCode).toBe(400);
    expect(kas.records.every(({ decision, reason }) => decision === "deny" && reason === "kas_request")).toBe(true);
    for (const payload of [{}, { signedRequestToken: 7 }, [], "x", { signedRequestToken: "" }]) expect((await kas.call(good, { payload })).statusCode).toBeGreaterThanOrEqual(400);
  });

  it("when the entity calls too often: 429, and says when to try again; others are not held up", async () => {
    const kas = await setUp({ requestsPerMinute: 2 });
    const body = kas.bodyFor(await kas.manifest());
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push(await kas.call(body));
    expect(statuses.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
    expect(statuses[2]?.json()).toMatchObject({ error: "Too Many Requests", code: "DIVE_ERR_RATE_LIMIT" });
    expect(Number(statuses[2]?.headers["retry-after"])).toBeGreaterThan(0);
    expect((await kas.call(body, { token: await kas.realm.token({ sub: "somebody-else" }) })).statusCode).toBe(200);
  });
});

describe("the record", () => {
  it("is written before the answer", async () => {
    const order: string[] = [];
    const record = vi.fn(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push("recorded");
    });
    const kas = await setUp({ record });
    await kas.call(kas.bodyFor(await kas.manifest())).then(() => order.push("answered"));
    expect(order).toEqual(["recorded", "answered"]);
  });
});
