import { SignJWT, base64url, exportJWK, generateKeyPair, type JWK } from "jose";
import { describe, expect, it, vi } from "vitest";
import {
  ProofError, ReplayStoreUnavailableError, accessTokenHash, createProof, createProofVerifier, createRedisReplayStore, generateDpopKey, proofUrl,
  type ReplayStore,
} from "./index.ts";

const TARGET = { method: "POST", url: "https://localhost:9000/kas/v2/rewrap", accessToken: "a.b.c" };
const key = await generateDpopKey();

function memoryStore(): ReplayStore & { readonly claimed: Map<string, number> } {
  const claimed = new Map<string, number>();
  return {
    claimed,
    async claim(identifier, ttlMs) {
      if (claimed.has(identifier)) return false;
      claimed.set(identifier, ttlMs);
      return true;
    },
  };
}

function verifier(options: { readonly now?: number; readonly replays?: ReplayStore } = {}) {
  return createProofVerifier({ replays: options.replays ?? memoryStore(), clock: { now: () => options.now ?? Date.now() } });
}

/** A proof made by hand, with anything changed. */
async function forged(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, signer = key.privateKey): Promise<string> {
  const all = { jti: crypto.randomUUID(), htm: "POST", htu: TARGET.url, ath: await accessTokenHash(TARGET.accessToken), iat: Math.floor(Date.now() / 1_000), ...claims };
  const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new SignJWT(given).setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: key.publicJwk, ...header }).sign(signer);
}

describe("a proof", () => {
  it("proves the key it was made with", async () => {
    const { publicJwk, thumbprint } = await verifier()({ ...TARGET, proof: await createProof(key, TARGET) });
    expect(publicJwk).toEqual(key.publicJwk);
    expect(thumbprint).toMatch(/^[\w-]{43}$/);
    const again = await verifier()({ ...TARGET, proof: await createProof(key, TARGET), boundTo: thumbprint });
    expect(again.thumbprint).toBe(thumbprint);
  });

  it("may be signed RS256", async () => {
    const { privateKey, publicKey } = await generateKeyPair("RS256");
    const proof = await createProof({ privateKey, publicJwk: await exportJWK(publicKey), algorithm: "RS256" }, TARGET);
    expect((await verifier()({ ...TARGET, proof })).publicJwk.kty).toBe("RSA");
  });

  it("is for an address without its query", async () => {
    expect(proofUrl("https://LOCALHOST:443/a?b#c")).toBe("https://localhost/a");
    await expect(verifier()({ ...TARGET, url: `${TARGET.url}?x=1`, proof: await createProof(key, TARGET) })).resolves.toBeDefined();
  });

  it("is remembered under its key for as long as it would be accepted", async () => {
    const replays = memoryStore();
    const proof = await createProof(key, TARGET);
    const { thumbprint } = await verifier({ replays })({ ...TARGET, proof });
    expect([...replays.claimed]).toEqual([[expect.stringMatching(new RegExp(`^${thumbprint} [0-9a-f-]{36}$`)), 65_000]]);
    await expect(verifier({ replays })({ ...TARGET, proof })).rejects.toMatchObject({ code: "DIVE_ERR_DPOP_REPLAYED", statusCode: 401 });
  });

  it("lives 60 s, and 5 s for a clock that is ahead", async () => {
    const now = 1_800_000_000_000;
    const at = (ageS: number) => forged({ iat: now / 1_000 - ageS });
    for (const ageS of [60, 0, -5]) await expect(verifier({ now })({ ...TARGET, proof: await at(ageS) })).resolves.toBeDefined();
    for (const ageS of [61, -6]) await expect(verifier({ now })({ ...TARGET, proof: await at(ageS) })).rejects.toMatchObject({ code: "DIVE_ERR_DPOP_TIME" });
  });
});

describe("a proof is refused", () => {
  const refused = async (proof: string | readonly string[] | undefined, request: Partial<typeof TARGET> & { boundTo?: string } = {}) => {
    const replays = memoryStore();
    const error: unknown = await verifier({ replays })({ ...TARGET, ...request, proof }).then(() => undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(ProofError);
    // A refused proof takes no identifier, or anybody could burn somebody else's.
    expect(replays.claimed.size).toBe(0);
    const { code, headers } = error as ProofError;
    expect(headers["www-authenticate"]).toMatch(/^DPoP error="(invalid_dpop_proof|invalid_token)", error_description="[^"]+", algs="ES256 RS256 PS256"$/);
    return code;
  };

  it("when it is missing or there are several", async () => {
    const proof = await createProof(key, TARGET);
    expect(await refused(undefined)).toBe("DIVE_ERR_DPOP_MISSING");
    expect(await refused("")).toBe("DIVE_ERR_DPOP_MISSING");
    expect(await refused([proof, proof])).toBe("DIVE_ERR_DPOP_MALFORMED");
    expect(await refused(`${proof}, ${proof}`)).toBe("DIVE_ERR_DPOP_MALFORMED");
  });

  it("when it is for another method, address or token", async () => {
    const proof = await createProof(key, TARGET);
    expect(await refused(proof, { method: "GET" })).toBe("DIVE_ERR_DPOP_TARGET");
    expect(await refused(proof, { url: "https://localhost:9010/kas/v2/rewrap" })).toBe("DIVE_ERR_DPOP_TARGET");
    expect(await refused(proof, { url: "https://localhost:9000/kas/v2" })).toBe("DIVE_ERR_DPOP_TARGET");
    expect(await refused(proof, { accessToken: "a.b.d" })).toBe("DIVE_ERR_DPOP_TOKEN");
  });

  it("when the token is bound to another key", async () => {
    expect(await refused(await createProof(key, TARGET), { boundTo: "A".repeat(43) })).toBe("DIVE_ERR_DPOP_KEY");
  });

  it.each([
    ["htu", "nonsense", "DIVE_ERR_DPOP_TARGET"],
    ["htu", undefined, "DIVE_ERR_DPOP_TARGET"],
    ["htm", "post", "DIVE_ERR_DPOP_TARGET"],
    ["ath", undefined, "DIVE_ERR_DPOP_TOKEN"],
    ["iat", undefined, "DIVE_ERR_DPOP_TIME"],
    ["iat", "1800000000", "DIVE_ERR_DPOP_TIME"],
    ["jti", undefined, "DIVE_ERR_DPOP_MALFORMED"],
    ["jti", "x".repeat(257), "DIVE_ERR_DPOP_MALFORMED"],
  ])("when its %s is %j", async (claim, value, code) => {
    expect(await refused(await forged({ [claim]: value }))).toBe(code);
  });

  it("when its header is not that of a proof, or its key is not the signer's", async () => {
    const other = await generateDpopKey();
    expect(await refused(await forged({}, { typ: "JWT" }))).toBe("DIVE_ERR_DPOP_MALFORMED");
    expect(await refused(await forged({}, { jwk: undefined }))).toBe("DIVE_ERR_DPOP_MALFORMED");
    expect(await refused(await forged({}, { jwk: other.publicJwk }))).toBe("DIVE_ERR_DPOP_SIGNATURE");
  });

  it("when its key is private or symmetric, or it is not signed", async () => {
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk: JWK = await exportJWK(privateKey);
    expect(await refused(await forged({}, { jwk }, privateKey))).toBe("DIVE_ERR_DPOP_MALFORMED");
    const secret = new TextEncoder().encode("k".repeat(32));
    const oct = { kty: "oct", k: base64url.encode(secret) } as JWK;
    const symmetric = await new SignJWT({ htm: "POST" }).setProtectedHeader({ typ: "dpop+jwt", alg: "HS256", jwk: oct }).sign(secret);
    expect(await refused(symmetric)).toBe("DIVE_ERR_DPOP_MALFORMED");
    const none = `${base64url.encode(JSON.stringify({ typ: "dpop+jwt", alg: "none", jwk: key.publicJwk }))}.${base64url.encode("{}")}.`;
    expect(await refused(none)).toBe("DIVE_ERR_DPOP_MALFORMED");
  });

  it.each(["x", "a.b.c", "....", `${"a".repeat(5_000)}.b.c`])("when it is garbage", async (proof) => {
    expect(await refused(proof)).toBe("DIVE_ERR_DPOP_MALFORMED");
  });
});

describe("the store in Redis", () => {
  it("asks and takes in one command", async () => {
    const set = vi.fn().mockResolvedValueOnce("OK").mockResolvedValueOnce(null);
    const store = createRedisReplayStore({ set }, "kas:dpop:");
    expect([await store.claim("thumb jti", 65_000), await store.claim("thumb jti", 65_000)]).toEqual([true, false]);
    expect(set).toHaveBeenLastCalledWith(expect.stringMatching(/^kas:dpop:[\w-]{43}$/), "1", "PX", 65_000, "NX");
  });

  it("refuses when it cannot tell", async () => {
    const store = createRedisReplayStore({ set: () => Promise.reject(new Error("not connected")) });
    await expect(store.claim("x", 1)).rejects.toBeInstanceOf(ReplayStoreUnavailableError);
    await expect(store.claim("x", 1)).rejects.toMatchObject({ statusCode: 503, headers: { "retry-after": "5" } });
  });
});
