import { MockAgent } from "undici";
import { describe, expect, it } from "vitest";
import { generateDpopKey } from "../dpop/index.ts";
import { createKasClient, createTrustingFetch, fetchKasKey, type Fetch } from "./index.ts";
import { createKasProbe } from "./kas-probe.ts";

const KAS = "https://kas:9000";
const key = await generateDpopKey();
const ACCESS = { alg: "RSA-OAEP-256", kas: KAS, kid: "k", protectedKey: "AA==", policyBinding: { alg: "HS256", hash: "AA==" } } as const;
const answering = (status: number, body: unknown, headers: Record<string, string> = {}): Fetch => async () =>
  ({ status, headers: { get: (name) => headers[name] ?? null }, json: async () => body });
const rewrapBy = (fetch: Fetch, kas: string = KAS) =>
  createKasClient({ allowed: [KAS], key, accessToken: async () => "a.b.c", fetch }).rewrap({ policy: { id: "p", body: "e30=" }, keyAccess: { ...ACCESS, kas } });

describe("asking a KAS", () => {
  it("is never done at an address outside the federation, however alike", async () => {
    const fetch: Fetch = () => Promise.reject(new Error("was called"));
    for (const kas of ["https://kas:9001", "http://kas:9000", "https://kas.evil:9000", "https://kas:9000@evil", "x"]) {
      await expect(rewrapBy(fetch, kas)).rejects.toMatchObject({ status: 0, message: expect.stringContaining("not one of this federation") });
    }
    await expect(rewrapBy(fetch, `${KAS}/`)).rejects.toThrow("does not answer");
  });

  it("sends proof and request by one key, for this address", async () => {
    const sent: { url: string; headers: Record<string, string> }[] = [];
    await expect(rewrapBy(async (url, { headers }) => (sent.push({ url, headers }), answering(403, {})(url, {} as never)))).rejects.toThrow();
    expect(sent).toMatchObject([{ url: `${KAS}/kas/v2/rewrap`, headers: { authorization: "DPoP a.b.c", dpop: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) } }]);
  });

  it.each([
    ["a denial", 403, { code: "DIVE_ERR_KAS_DENIED", message: "permission denied" }, {}, { status: 403, code: "DIVE_ERR_KAS_DENIED" }],
    ["that it cannot decide", 503, { code: "DIVE_ERR_KAS_UNAVAILABLE", message: "later" }, { "retry-after": "5" }, { status: 503, retryAfterS: 5 }],
    ["a failed key among others", 200, { responses: [{ results: [{ status: "fail", error: "permission denied" }] }] }, {}, { message: expect.stringContaining("permission denied") }],
    ["nothing of use", 200, {}, {}, { message: expect.stringContaining("no result") }],
  ] as const)("that answers %s fails with it", async (_what, status, body, headers, expected) => {
    await expect(rewrapBy(answering(status, body, headers))).rejects.toMatchObject({ name: "KasError", ...expected });
  });

  it("for its public key checks the answer", async () => {
    expect(await fetchKasKey(KAS, "rsa:2048", { fetch: answering(200, { publicKey: "PEM", kid: "k" }) })).toEqual({ url: KAS, kid: "k", publicKey: "PEM", algorithm: "rsa:2048" });
    await expect(fetchKasKey(KAS, "rsa:2048", { fetch: answering(200, { publicKey: "PEM" }) })).rejects.toThrow("no public key");
    await expect(fetchKasKey(KAS, "rsa:2048", { fetch: answering(404, { message: "none" }) })).rejects.toMatchObject({ status: 404 });
  });
});

describe("over the network", () => {
  const agent = new MockAgent();
  agent.disableNetConnect();
  const health = (status: number, word: string) => agent.get(KAS).intercept({ path: "/health" }).reply(status, { status: word });

  it("a KAS is as well as it says", async () => {
    const probe = () => createKasProbe(KAS, agent)(new AbortController().signal);
    health(200, "healthy");
    await expect(probe()).resolves.toBeUndefined();
    health(200, "degraded");
    await expect(probe()).resolves.toEqual({ degraded: "the KAS says it is degraded" });
    health(503, "unhealthy");
    await expect(probe()).rejects.toThrow("https://kas:9000/health answered 503 unhealthy");
  });

  it("is trusted by our own authority only", async () => {
    agent.get(KAS).intercept({ path: "/kas/v2/kas_public_key?algorithm=rsa%3A2048&fmt=pkcs8" }).reply(200, { publicKey: "PEM", kid: "k" });
    expect((await fetchKasKey(KAS, "rsa:2048", { fetch: createTrustingFetch(agent) })).kid).toBe("k");
  });
});
