import { EmbeddedJWK, calculateJwkThumbprint, compactVerify, errors, type JWK } from "jose";
import { systemClock, type Clock } from "../runtime/clock.ts";
import { accessTokenHash, proofUrl } from "./make-proof.ts";
import { PROOF_ALGORITHMS, ProofError } from "./proof-error.ts";
import type { ReplayStore } from "./replay-store.ts";

/** Longest proof accepted, in characters. */
const LONGEST = 4_096;

/** Settings of {@link createProofVerifier}. */
export interface ProofVerifierOptions {
  readonly replays: ReplayStore;
  /** How old a proof may be, in milliseconds. Default 60,000. */
  readonly windowMs?: number;
  /** How far ahead the caller's clock may be, in milliseconds. Default 5,000. */
  readonly aheadMs?: number;
  readonly clock?: Clock;
}

/** One request with its proof. */
export interface ProofRequest {
  /** The header `DPoP`; a list when it was sent more than once. */
  readonly proof: string | readonly string[] | undefined;
  readonly method: string;
  /** The request's public address, as the caller wrote it; query and fragment do not count. */
  readonly url: string;
  readonly accessToken: string;
  /** `cnf.jkt` of the token, when it is bound to a key. */
  readonly boundTo?: string;
}

/** What a proof proves. */
export interface ProvenKey {
  /** The caller's public key. */
  readonly publicJwk: JWK;
  /** Its SHA-256 thumbprint (RFC 7638), base64url. */
  readonly thumbprint: string;
}

/**
 * Checks one proof as RFC 9449 section 4.3 says: form, algorithm, key, signature, method, address, token hash, time, key
 * of the token, and that it is used for the first time.
 * @throws {ProofError} (401) saying which check failed.
 * @throws {ReplayStoreUnavailableError} (503)
 */
export type ProofVerifier = (request: ProofRequest) => Promise<ProvenKey>;

/** Makes the check. */
export function createProofVerifier({ replays, windowMs = 60_000, aheadMs = 5_000, clock = systemClock }: ProofVerifierOptions): ProofVerifier {
  return async (request) => {
    const { claims, publicJwk } = await readProof(requireOne(request.proof));
    if (claims["htm"] !== request.method) throw new ProofError("DIVE_ERR_DPOP_TARGET", "The DPoP proof is for another method (htm).");
    if (!sameUrl(claims["htu"], request.url)) throw new ProofError("DIVE_ERR_DPOP_TARGET", "The DPoP proof is for another address (htu).");
    if (claims["ath"] !== (await accessTokenHash(request.accessToken))) {
      throw new ProofError("DIVE_ERR_DPOP_TOKEN", "The DPoP proof is for another access token (ath).");
    }
    const iat = claims["iat"];
    const ageMs = typeof iat === "number" ? clock.now() - iat * 1_000 : Number.NaN;
    // Written so that NaN is refused.
    if (!(ageMs <= windowMs && ageMs >= -aheadMs)) {
      throw new ProofError("DIVE_ERR_DPOP_TIME", `The DPoP proof was not made within the last ${windowMs / 1_000} s (iat).`);
    }
    const thumbprint = await calculateJwkThumbprint(publicJwk, "sha256");
    if (request.boundTo !== undefined && request.boundTo !== thumbprint) {
      throw new ProofError("DIVE_ERR_DPOP_KEY", "The access token is bound to another key than that of the DPoP proof.");
    }
    const jti = claims["jti"];
    if (typeof jti !== "string" || jti === "" || jti.length > 256) throw new ProofError("DIVE_ERR_DPOP_MALFORMED", "The DPoP proof has no usable jti.");
    // Last, so that a proof that is refused for another reason does not take its identifier. Kept until it is too old.
    if (!(await replays.claim(`${thumbprint} ${jti}`, windowMs + aheadMs))) {
      throw new ProofError("DIVE_ERR_DPOP_REPLAYED", "The DPoP proof was used before; each request needs its own.");
    }
    return { publicJwk, thumbprint };
  };
}

function requireOne(proof: string | readonly string[] | undefined): string {
  if (proof === undefined || proof === "") throw new ProofError("DIVE_ERR_DPOP_MISSING", "This address needs proof of possession: send the header DPoP.");
  // Node joins repeated headers by commas, which no JWT holds.
  if (typeof proof !== "string" || proof.includes(",")) throw new ProofError("DIVE_ERR_DPOP_MALFORMED", "There is more than one DPoP proof.");
  if (proof.length > LONGEST) throw new ProofError("DIVE_ERR_DPOP_MALFORMED", `The DPoP proof is longer than ${LONGEST} characters.`);
  return proof;
}

async function readProof(proof: string): Promise<{ claims: Readonly<Record<string, unknown>>; publicJwk: JWK }> {
  try {
    // EmbeddedJWK takes the key of the header and refuses private and symmetric ones. Not jwtVerify: a proof has one time
    // only, iat, with a window of its own.
    const { payload, protectedHeader } = await compactVerify(proof, EmbeddedJWK, { algorithms: [...PROOF_ALGORITHMS] });
    const { typ, jwk } = protectedHeader;
    if (typ !== "dpop+jwt" || jwk === undefined) throw new Error(`typ is ${JSON.stringify(typ)}`);
    const claims: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    if (typeof claims !== "object" || claims === null || Array.isArray(claims)) throw new Error("the payload is no object");
    return { claims: claims as Readonly<Record<string, unknown>>, publicJwk: jwk };
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) throw new ProofError("DIVE_ERR_DPOP_SIGNATURE", "The signature of the DPoP proof is wrong.", error);
    throw new ProofError("DIVE_ERR_DPOP_MALFORMED", "The DPoP proof cannot be read: a JWT of typ dpop+jwt, signed ES256, RS256 or PS256, with its public key.", error);
  }
}

function sameUrl(given: unknown, expected: string): boolean {
  if (typeof given !== "string" || !URL.canParse(given)) return false;
  return proofUrl(given) === proofUrl(expected);
}
