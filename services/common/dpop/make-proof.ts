// Runs in Node and in browsers: Web Crypto and jose only.
import type { CryptoKey, JWK } from "jose";
import { encode } from "jose/base64url";
import { SignJWT } from "jose/jwt/sign";
import { exportJWK } from "jose/key/export";

/** The caller's key pair; the private key may be unextractable. ES256 (P-256) is what browsers make fastest. */
export interface DpopKey {
  readonly privateKey: CryptoKey;
  /** Public part as JWK, as it stands in the proof's header. */
  readonly publicJwk: JWK;
  /** Default ES256. */
  readonly algorithm?: "ES256" | "RS256" | "PS256";
}

/** What one proof is for. */
export interface ProofTarget {
  /** HTTP method, in capitals. */
  readonly method: string;
  /** Address of the request; query and fragment are left out of the proof. */
  readonly url: string;
  /** The access token that goes with it. Absent at a token endpoint, which gives the first one. */
  readonly accessToken?: string;
  /** Nonce that the server asked for. */
  readonly nonce?: string;
}

/** Makes a key pair for {@link createProof}: P-256, its private key cannot leave the process. */
export async function generateDpopKey(): Promise<DpopKey> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
  return { privateKey, publicJwk: await exportJWK(publicKey), algorithm: "ES256" };
}

/** A DPoP proof (RFC 9449 section 4.2) for one request; a new one is needed for each. */
export async function createProof(key: DpopKey, { method, url, accessToken, nonce }: ProofTarget): Promise<string> {
  const claims = {
    jti: crypto.randomUUID(),
    htm: method,
    htu: proofUrl(url),
    ...(accessToken === undefined ? {} : { ath: await accessTokenHash(accessToken) }),
    ...(nonce === undefined ? {} : { nonce }),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ typ: "dpop+jwt", alg: key.algorithm ?? "ES256", jwk: key.publicJwk })
    .setIssuedAt()
    .sign(key.privateKey);
}

/** `htu` of a request: its address without query and fragment (RFC 9449 section 4.2), normalised as URLs are. */
export function proofUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** `ath`: base64url of the SHA-256 of the token's ASCII (RFC 9449 section 4.2). */
export async function accessTokenHash(token: string): Promise<string> {
  return encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))));
}
