import { SignJWT, base64url, generateKeyPair } from "jose";
import { describe, expect, it } from "vitest";
import { TEST_AUDIENCE, TEST_ISSUER, createTestRealm } from "../testing/realm.ts";
import { TokenError, TokenKeysUnavailableError } from "./token-error.ts";
import { createTokenVerifier } from "./verifier.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const seconds = NOW / 1_000;
const clock = { now: () => NOW };
const realm = await createTestRealm(clock.now);
const other = await createTestRealm(clock.now);
const verify = createTokenVerifier({ issuer: TEST_ISSUER, audience: TEST_AUDIENCE, getKey: realm.getKey, clock });

/** Replaces one character in the middle of the token's part 0 (header), 1 (claims) or 2 (signature). */
function tampered(token: string, part: number): string {
  const parts = token.split(".");
  const text = parts[part] ?? "";
  const at = Math.floor(text.length / 2);
  parts[part] = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
  return parts.join(".");
}

describe("a good token", () => {
  it("yields its claims", async () => {
    expect(await verify(await realm.token())).toMatchObject({ sub: "2b8f1c1e", uniqueID: "fra:testuser-fra-1", acpCOI: ["NATO-COSMIC"] });
  });

  it.each(["PS256", "ES256"])("may be signed with %s", async (alg) => {
    const signer = await createTestRealm(clock.now, alg);
    const check = createTokenVerifier({ issuer: TEST_ISSUER, audience: TEST_AUDIENCE, getKey: signer.getKey, clock });
    await expect(check(await signer.token())).resolves.toMatchObject({ sub: "2b8f1c1e" });
  });

  it("may say at+jwt in its header in place of Bearer in its claims", async () => {
    await expect(verify(await realm.token({ typ: undefined }, { typ: "at+jwt" }))).resolves.toBeDefined();
    await expect(verify(await realm.token({ typ: undefined }, { typ: "application/at+jwt" }))).resolves.toBeDefined();
  });

  it("is accepted 4 s after its end and 4 s before its beginning, for clocks that differ", async () => {
    await expect(verify(await realm.token({ exp: seconds - 4 }))).resolves.toBeDefined();
    await expect(verify(await realm.token({ iat: seconds + 4, nbf: seconds + 4 }))).resolves.toBeDefined();
  });
});

describe("a bad token", () => {
  const claimCases: readonly [string, Record<string, unknown>, string][] = [
    ["of another issuer", { iss: TEST_ISSUER.replace("usa", "fra") }, "ISSUER"],
    ["of an issuer with a slash more", { iss: `${TEST_ISSUER}/` }, "ISSUER"],
    ["without issuer", { iss: undefined }, "ISSUER"],
    ["for another audience", { aud: "account" }, "AUDIENCE"],
    ["without audience", { aud: undefined }, "AUDIENCE"],
    ["that expired 6 s ago", { exp: seconds - 6 }, "EXPIRED"],
    ["without expiry", { exp: undefined }, "CLAIM"],
    ["whose expiry is a text", { exp: "never" }, "CLAIM"],
    ["valid only from 6 s on", { nbf: seconds + 6 }, "NOT_YET_VALID"],
    ["issued 6 s in the future", { iat: seconds + 6 }, "NOT_YET_VALID"],
    ["without time of issue", { iat: undefined }, "CLAIM"],
    ["without subject", { sub: undefined }, "CLAIM"],
    ["with an empty subject", { sub: " " }, "CLAIM"],
    ["that is an ID token", { typ: "ID" }, "TYPE"],
    ["that is a refresh token", { typ: "Refresh" }, "TYPE"],
    ["without type", { typ: undefined }, "TYPE"],
    ["bound to a key", { cnf: { jkt: "abc" } }, "BOUND"],
  ];
  it.each(claimCases)("%s is refused", async (_what, overrides, reason) => {
    await expect(verify(await realm.token(overrides))).rejects.toMatchObject({ statusCode: 401, code: `DIVE_ERR_TOKEN_${reason}` });
  });

  it("with alg none is refused", async () => {
    const encoded = (value: object) => base64url.encode(JSON.stringify(value));
    const token = `${encoded({ alg: "none", typ: "JWT" })}.${encoded(realm.claims())}.`;
    await expect(verify(token)).rejects.toMatchObject({ statusCode: 401, code: "DIVE_ERR_TOKEN_ALGORITHM" });
  });

  it("with HS256 keyed by the public key is refused", async () => {
    const key = new TextEncoder().encode(await realm.publicKeyPem());
    const token = await new SignJWT(realm.claims()).setProtectedHeader({ alg: "HS256", kid: "key-1" }).sign(key);
    await expect(verify(token)).rejects.toMatchObject({ statusCode: 401, code: "DIVE_ERR_TOKEN_ALGORITHM" });
  });

  it("with an algorithm that is not listed is refused", async () => {
    const { privateKey } = await generateKeyPair("RS384");
    const token = await new SignJWT(realm.claims()).setProtectedHeader({ alg: "RS384", kid: "key-1" }).sign(privateKey);
    await expect(verify(token)).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_ALGORITHM" });
  });

  it("signed by somebody else under a known key id is refused", async () => {
    await expect(verify(await other.token())).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_SIGNATURE" });
  });

  it("with a changed signature is refused", async () => {
    await expect(verify(tampered(await realm.token(), 2))).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_SIGNATURE" });
  });

  it("with changed claims is refused", async () => {
    const [header, , signature] = (await realm.token()).split(".");
    const claims = base64url.encode(JSON.stringify(realm.claims({ clearance: "TOP_SECRET" })));
    await expect(verify(`${header}.${claims}.${signature}`)).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_SIGNATURE" });
  });

  it("with an unknown key id is refused", async () => {
    await expect(verify(await realm.token({}, { kid: "nobody" }))).rejects.toMatchObject({ code: "DIVE_ERR_TOKEN_UNKNOWN_KEY" });
  });

  it.each(["", "a", "a.b.c", "....", "eyJ.eyJ.sig"])("that is garbage (%j) is refused", async (token) => {
    await expect(verify(token)).rejects.toMatchObject({ statusCode: 401, code: "DIVE_ERR_TOKEN_MALFORMED" });
  });
});

describe("the errors", () => {
  it("challenge as RFC 6750 says", () => {
    expect(new TokenError("DIVE_ERR_TOKEN_MISSING", "m").headers["www-authenticate"]).toBe('Bearer realm="dive"');
    expect(new TokenError("DIVE_ERR_TOKEN_EXPIRED", 'a "b"').headers["www-authenticate"]).toBe('Bearer realm="dive", error="invalid_token", error_description="a \'b\'"');
  });

  it("do not blame the token when the keys cannot be had", async () => {
    const check = createTokenVerifier({ issuer: TEST_ISSUER, audience: TEST_AUDIENCE, getKey: () => Promise.reject(new Error("refused")), clock });
    const failure = check(await realm.token());
    await expect(failure).rejects.toBeInstanceOf(TokenKeysUnavailableError);
    await expect(failure).rejects.toMatchObject({ statusCode: 503, headers: { "retry-after": "5" } });
  });
});
