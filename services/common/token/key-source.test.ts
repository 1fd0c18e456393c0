import { MockAgent } from "undici";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TEST_AUDIENCE, TEST_ISSUER, createTestRealm } from "../testing/realm.ts";
import { createKeySource } from "./key-source.ts";
import { createTokenVerifier } from "./verifier.ts";

const START = Date.parse("2026-11-22T12:00:00Z");
const ORIGIN = "https://keycloak:8443";
const PATH = "/realms/dive-v3-broker-usa/protocol/openid-connect/certs";

let agent: MockAgent;
let realm: Awaited<ReturnType<typeof createTestRealm>>;
let fetches: number;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: START });
  agent = new MockAgent();
  agent.disableNetConnect();
  realm = await createTestRealm();
  fetches = 0;
});
afterEach(async () => {
  vi.useRealTimers();
  await agent.close();
});

/** Lets the next `times` fetches answer `status` with `body`. */
function answer(body: unknown, { status = 200, times = 1 } = {}): void {
  agent.get(ORIGIN).intercept({ path: PATH }).reply(() => {
    fetches += 1;
    return { statusCode: status, data: typeof body === "string" ? body : JSON.stringify(body) };
  }).times(times);
}

function setUp() {
  const lookups: string[] = [];
  const keys = createKeySource({ url: ORIGIN + PATH, dispatcher: agent, onLookup: (result) => lookups.push(result) });
  return { keys, lookups, verify: createTokenVerifier({ issuer: TEST_ISSUER, audience: TEST_AUDIENCE, getKey: keys.getKey }) };
}

describe("the key source", () => {
  it("fetches once for many tokens, and knows the age of its keys", async () => {
    answer(realm.jwks);
    const { keys, verify } = setUp();
    expect(keys.ageMs()).toBeUndefined();
    const token = await realm.token();
    await Promise.all([verify(token), verify(token), verify(token)]);
    vi.setSystemTime(START + 9_000);
    await verify(token);
    expect(fetches).toBe(1);
    expect(keys.ageMs()).toBe(9_000);
  });

  it("tells what was found, what had to be fetched, and what could not be had", async () => {
    answer(realm.jwks);
    const { verify, lookups } = setUp();
    const token = await realm.token();
    await verify(token);
    await verify(token);
    vi.setSystemTime(START + 601_000);
    answer("down", { status: 503 });
    await expect(verify(await realm.token())).rejects.toThrow();
    expect(lookups).toEqual(["miss", "hit", "failure"]);
  });

  it("fetches again for an unknown key id, but not within the cool-down", async () => {
    answer(realm.jwks, { times: 5 });
    const { verify } = setUp();
    await verify(await realm.token());
    const forged = await realm.token({}, { kid: "nobody" });
    for (let i = 0; i < 10; i++) await expect(verify(forged)).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_UNKNOWN_KEY" });
    expect(fetches).toBe(1);
    vi.setSystemTime(START + 31_000);
    await expect(verify(forged)).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_UNKNOWN_KEY" });
    expect(fetches).toBe(2);
  });

  it("accepts a new key of the issuer after the cool-down, and no longer the old one", async () => {
    const before = await realm.token({ exp: START / 1_000 + 3_600 });
    answer(realm.jwks);
    const { verify } = setUp();
    await verify(before);
    const rotated = await createTestRealm();
    const jwks = { keys: rotated.jwks.keys.map((key) => ({ ...key, kid: "key-2" })) };
    answer(jwks);
    vi.setSystemTime(START + 31_000);
    await expect(verify(await rotated.token({}, { kid: "key-2" }))).resolves.toBeDefined();
    await expect(verify(before)).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_UNKNOWN_KEY" });
  });

  it("keeps working on kept keys while the issuer is away, and refuses with 503 once they are too old", async () => {
    answer(realm.jwks);
    const { verify } = setUp();
    await verify(await realm.token());
    answer("", { status: 500, times: 5 });
    vi.setSystemTime(START + 599_000);
    await expect(verify(await realm.token())).resolves.toBeDefined();
    vi.setSystemTime(START + 601_000);
    await expect(verify(await realm.token())).rejects.toMatchObject({ statusCode: 503, code: "DIVE_ERR_TOKEN_KEYS_UNAVAILABLE" });
  });

  it.each([
    ["an error status", "no", 503],
    ["no JSON", "<html>", 200],
    ["JSON that is no key set", "{}", 200],
    ["more than any realm has", " ".repeat(300_000), 200],
  ])("fails closed when the issuer answers %s", async (_what, body, status) => {
    answer(body, { status });
    const { verify } = setUp();
    await expect(verify(await realm.token())).rejects.toMatchObject({ statusCode: 503 });
  });

  it("does not ask an issuer that just failed for each token", async () => {
    answer("", { status: 500, times: 10 });
    const { verify } = setUp();
    const token = await realm.token();
    for (let i = 0; i < 5; i++) await expect(verify(token)).rejects.toMatchObject({ statusCode: 503 });
    expect(fetches).toBe(1);
    vi.setSystemTime(START + 1_100);
    await expect(verify(token)).rejects.toMatchObject({ statusCode: 503 });
    expect(fetches).toBe(2);
  });
});
