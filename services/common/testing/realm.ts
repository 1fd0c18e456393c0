import { SignJWT, createLocalJWKSet, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, type JWTVerifyGetKey } from "jose";

/** What {@link createTestRealm}'s realm says it is. */
export const TEST_ISSUER = "https://localhost:8443/realms/dive-v3-broker-usa";
/** The audience its tokens are for. */
export const TEST_AUDIENCE = "dive-v3-backend";

/** Claims of an ordinary access token; `undefined` in an override leaves a claim out. */
export type ClaimOverrides = Readonly<Record<string, unknown>>;

/** A realm made of one key pair, which signs tokens like Keycloak's. Times are from `now` (ms since the epoch). */
export async function createTestRealm(now: () => number = Date.now, alg = "RS256") {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const kid = "key-1";
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg, use: "sig" }] };

  const claims = (overrides: ClaimOverrides = {}): JWTPayload => {
    const seconds = Math.floor(now() / 1_000);
    const all = {
      iss: TEST_ISSUER, aud: [TEST_AUDIENCE, "account"], sub: "2b8f1c1e", typ: "Bearer", iat: seconds, exp: seconds + 300,
      uniqueID: "fra:testuser-fra-1", clearance: "UNCLASSIFIED", countryOfAffiliation: "FRA", acpCOI: ["NATO-COSMIC"], acr: "1",
      ...overrides,
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  };
  return {
    jwks,
    privateKey,
    getKey: createLocalJWKSet(jwks) as JWTVerifyGetKey,
    publicKeyPem: () => exportSPKI(publicKey),
    claims,
    /** A signed token; `header` overrides its protected header. */
    token: (overrides?: ClaimOverrides, header: Readonly<Record<string, unknown>> = {}) =>
      new SignJWT(claims(overrides)).setProtectedHeader({ alg, kid, typ: "JWT", ...header }).sign(privateKey),
  };
}
