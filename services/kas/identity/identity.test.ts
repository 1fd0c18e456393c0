import type { KeySource } from "@dive/common";
import { createProof, createProofVerifier, generateDpopKey } from "@dive/common/dpop";
import { calculateJwkThumbprint } from "jose";
import { MockAgent } from "undici";
import { describe, expect, it } from "vitest";
import { TEST_AUDIENCE, TEST_ISSUER, createTestRealm } from "../../common/testing/realm.ts";
import { KAS_URL, memoryReplays } from "../testing/test-kas.ts";
import { createCallerCheck } from "./caller.ts";
import { createFederatedVerifier, parseTrustedIssuers } from "./trusted-issuers.ts";

const FRA = "https://localhost:8453/realms/dive-v3-broker-fra";
const USA_ISSUER = { issuer: TEST_ISSUER, jwksUrl: "https://usa/certs", country: "USA", countries: ["USA", "FRA", "DEU"] };
const FRA_ISSUER = { issuer: FRA, jwksUrl: "https://fra/certs", country: "FRA" };
const [usa, fra] = await Promise.all([createTestRealm(), createTestRealm()]);
const source = (realm: typeof usa): KeySource => ({ getKey: realm.getKey, ageMs: () => 0, maxAgeMs: 600_000, refresh: async () => undefined });

const tokens = createFederatedVerifier({
  issuers: [USA_ISSUER, FRA_ISSUER], audience: TEST_AUDIENCE, dispatcher: new MockAgent(), keySource: ({ issuer }) => source(issuer === FRA ? fra : usa),
});

describe("a token of the federation", () => {
  it("is checked with its own issuer's keys", async () => {
    expect((await tokens.verify(await usa.token())).iss).toBe(TEST_ISSUER);
    expect((await tokens.verify(await fra.token({ iss: FRA }))).iss).toBe(FRA);
    await expect(tokens.verify(await fra.token())).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_SIGNATURE" });
    await expect(tokens.verify(await usa.token({ iss: FRA }))).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_SIGNATURE" });
  });

  it.each([[undefined], ["https://localhost:9999/realms/none"], [`${TEST_ISSUER}/`]])("of issuer %j is refused", async (iss) => {
    await expect(tokens.verify(await usa.token({ iss }))).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_ISSUER", statusCode: 401 });
  });

  it("vouches for its nations' people only", async () => {
    await expect(tokens.verify(await usa.token({ countryOfAffiliation: "DEU" }))).resolves.toBeDefined();
    for (const countryOfAffiliation of ["USA", "DEU", "fra", undefined, ["FRA"]]) {
      await expect(tokens.verify(await fra.token({ iss: FRA, countryOfAffiliation }))).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_CLAIM" });
    }
  });

  it("that is garbage is refused", async () => {
    for (const token of ["a.b.c", "", "e30.e30."]) await expect(tokens.verify(token)).rejects.toMatchObject({ statusCode: 401 });
  });
});

describe("the list of issuers", () => {
  it("is read with the own nation as default", () => {
    expect(parseTrustedIssuers(JSON.stringify([USA_ISSUER, FRA_ISSUER]))).toEqual([USA_ISSUER, { ...FRA_ISSUER, countries: ["FRA"] }]);
  });

  it.each([
    ["[]"], ["{}"], ["x"], [JSON.stringify([{ ...FRA_ISSUER, issuer: "http://x" }])], [JSON.stringify([{ ...FRA_ISSUER, jwksUrl: undefined }])],
    [JSON.stringify([{ ...FRA_ISSUER, country: "fr" }])], [JSON.stringify([{ ...FRA_ISSUER, countries: "*" }])], [JSON.stringify([FRA_ISSUER, FRA_ISSUER])],
  ])("is refused: %s", (json) => {
    expect(() => parseTrustedIssuers(json)).toThrow();
  });
});

describe("the caller", async () => {
  const key = await generateDpopKey();
  const jkt = await calculateJwkThumbprint(key.publicJwk);
  const check = createCallerCheck({ verifyToken: tokens.verify, verifyProof: createProofVerifier({ replays: memoryReplays() }), publicUrl: KAS_URL });
  const call = async (accessToken: string, { scheme = "DPoP", proofFor = accessToken, signer = key } = {}) => {
    const dpop = await createProof(signer, { method: "POST", url: `${KAS_URL}/kas/v2/rewrap`, accessToken: proofFor });
    return check({ headers: { authorization: `${scheme} ${accessToken}`, dpop }, method: "POST", url: "/kas/v2/rewrap" });
  };

  it("is who the token says, with the key that the proof proves", async () => {
    expect(await call(await usa.token())).toMatchObject({ claims: { uniqueID: "fra:testuser-fra-1" }, key: { thumbprint: jkt }, bound: false });
    expect(await call(await usa.token({ cnf: { jkt } }), { scheme: "dpop" })).toMatchObject({ bound: true });
    expect(await call(await usa.token(), { scheme: "Bearer" })).toMatchObject({ bound: false });
  });

  it("with a bound token needs that token's key, and must not call it a bearer token", async () => {
    const token = await usa.token({ cnf: { jkt } });
    await expect(call(token, { signer: await generateDpopKey() })).rejects.toMatchObject({ code: "DIVE_ERR_DPOP_KEY" });
    await expect(call(token, { scheme: "Bearer" })).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_BOUND" });
    await expect(call(await usa.token({ cnf: { "x5t#S256": "a" } }))).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_BOUND" });
    await expect(call(await usa.token({ cnf: "a" }))).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_BOUND" });
  });

  it("without proof is refused whatever the token", async () => {
    const headers = { authorization: `Bearer ${await usa.token()}` };
    await expect(check({ headers, method: "POST", url: "/kas/v2/rewrap" })).rejects.toMatchObject({ code: "DIVE_ERR_DPOP_MISSING", statusCode: 401 });
  });

  it("is told the scheme that is wanted", async () => {
    const challenge = async (headers: Record<string, string>) => (await check({ headers, method: "POST", url: "/x" }).catch((error: { headers: Record<string, string> }) => error) as { headers: Record<string, string> }).headers["www-authenticate"];
    expect(await challenge({})).toBe('DPoP realm="dive", algs="ES256 RS256 PS256"');
    expect(await challenge({ authorization: "DPoP a.b.c" })).toMatch(/^DPoP realm="dive", error="invalid_token", error_description="[^"]+", algs=/);
  });
});
