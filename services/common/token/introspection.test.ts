import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Breaker } from "../breaker/index.ts";
import { TEST_AUDIENCE, TEST_ISSUER, createTestRealm } from "../testing/realm.ts";
import { testAuthority, testServer, type TestServer } from "../testing/test-servers.ts";
import { createClientAgent } from "../tls/client-agent.ts";
import { createIntrospection, withIntrospection } from "./introspection.ts";
import { createTokenVerifier, type TokenVerifier } from "./verifier.ts";

const authority = testAuthority();
const agent = createClientAgent({ ca: [authority.certificate] });
const realm = await createTestRealm();
let server: TestServer;
let answer: () => { status?: number; body: unknown };
const asked: { authorization: string | undefined; form: URLSearchParams }[] = [];

beforeAll(async () => {
  server = await testServer(authority, (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString())).on("end", () => {
      asked.push({ authorization: request.headers.authorization, form: new URLSearchParams(body) });
      const { status = 200, body: said } = answer();
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(said));
    });
  });
});
beforeEach(() => {
  asked.length = 0;
  answer = () => ({ body: { ...realm.claims(), active: true } });
});
afterAll(async () => {
  await agent.destroy();
  await server[Symbol.asyncDispose]();
});

function verifier(options: { failures?: number; atOnce?: number; acceptBound?: boolean } = {}): TokenVerifier & { breaker: Breaker } {
  const breaker = new Breaker({ name: "keycloak", failures: options.failures ?? 3, coolDownMs: 60_000 });
  const common = { issuer: TEST_ISSUER, audience: TEST_AUDIENCE };
  const introspect = createIntrospection({ url: `${server.base}/introspect`, clientId: "dive-v3-backend", clientSecret: "s:1/x", dispatcher: agent, breaker, ...common, ...options });
  return Object.assign(withIntrospection(createTokenVerifier({ ...common, getKey: realm.getKey }), introspect, TEST_ISSUER), { breaker });
}

describe("a token that cannot be checked here", () => {
  it("and is opaque is what the realm says, asked as the own client", async () => {
    expect(await verifier()("0paque-t0ken")).toMatchObject({ sub: "2b8f1c1e", uniqueID: "fra:testuser-fra-1" });
    expect(asked.map(({ authorization, form }) => [authorization, form.get("token")])).toEqual([[`Basic ${btoa("dive-v3-backend:s%3A1%2Fx")}`, "0paque-t0ken"]]);
  });

  it.each([["audience", { aud: undefined }, {}], ["subject", { sub: undefined }, {}], ["known key", {}, { kid: "rotated" }]])("because it has no %s is what the realm says", async (_what, claims, header) => {
    expect(await verifier()(await realm.token(claims, header))).toMatchObject({ sub: "2b8f1c1e" });
    expect(asked).toHaveLength(1);
  });

  it.each<[string, Record<string, unknown>]>([
    ["INACTIVE", { active: false }], ["ISSUER", { iss: "https://elsewhere" }], ["AUDIENCE", { aud: ["account"] }], ["AUDIENCE", { aud: undefined }], ["EXPIRED", { exp: 1 }], ["EXPIRED", { exp: undefined }],
    ["NOT_YET_VALID", { iat: 4_102_444_800 }], ["NOT_YET_VALID", { nbf: 4_102_444_800 }], ["TYPE", { typ: "Refresh" }], ["BOUND", { cnf: { jkt: "x" } }], ["CLAIM", { sub: " " }],
  ])("is refused as %s when the realm says %j", async (code, said) => {
    answer = () => ({ body: { ...realm.claims(), active: true, ...said } });
    await expect(verifier()("opaque")).rejects.toMatchObject({ code: `DIVE_ERR_TOKEN_${code}`, statusCode: 401 });
  });

  it("keeps the first refusal when the realm does not know it either, and may be bound where that is accepted", async () => {
    answer = () => ({ body: { active: false } });
    await expect(verifier()(await realm.token({}, { kid: "nobody" }))).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_UNKNOWN_KEY" });
    answer = () => ({ body: { ...realm.claims({ cnf: { jkt: "x" } }), active: true } });
    await expect(verifier({ acceptBound: true })("opaque")).resolves.toMatchObject({ cnf: { jkt: "x" } });
  });
});

describe("a token that can be checked here", () => {
  it("is never asked about, good or bad", async () => {
    const verify = verifier();
    const good = await realm.token();
    await expect(verify(good)).resolves.toMatchObject({ sub: "2b8f1c1e" });
    for (const bad of [await realm.token({ exp: 1 }), await realm.token({ aud: "account" }), await realm.token({ iss: "https://x" }, { kid: "nobody" }), good.replace(/[^.]{10}$/, "AAAAAAAAAA"), "a.b.c"])
      await expect(verify(bad)).rejects.toMatchObject({ statusCode: 401 });
    expect(asked).toEqual([]);
  });
});

describe("a realm that does not answer", () => {
  it.each([["503", { status: 503, body: {} }], ["401, as it does not know the service", { status: 401, body: {} }], ["nothing of use", { body: {} }]])("but says %s makes 503, and soon it is not asked", async (_name, said) => {
    answer = () => said;
    const verify = verifier();
    for (let i = 0; i < 4; i++) await expect(verify("opaque")).rejects.toMatchObject({ code: "DIVE_ERR_INTROSPECTION_UNAVAILABLE", statusCode: 503 });
    expect([asked.length, verify.breaker.state]).toEqual([3, "OPEN"]);
    await expect(verify("opaque")).rejects.toMatchObject({ headers: { "retry-after": expect.stringMatching(/^(59|60)$/) } });
  });

  it("is asked so many questions at once and no more", async () => {
    const verify = verifier({ atOnce: 2 });
    const ended = await Promise.allSettled(Array.from({ length: 5 }, () => verify("opaque")));
    expect([ended.map(({ status }) => status), asked.length]).toEqual([["fulfilled", "fulfilled", "rejected", "rejected", "rejected"], 2]);
  });

  it("knowing nothing of a token is no failure", async () => {
    answer = () => ({ body: { active: false } });
    const verify = verifier({ failures: 1 });
    for (let i = 0; i < 3; i++) await expect(verify("opaque")).rejects.toMatchObject({ statusCode: 401 });
    expect([asked.length, verify.breaker.state]).toEqual([3, "CLOSED"]);
  });
});
