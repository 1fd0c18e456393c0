import { jwtVerify, type JWTPayload, type JWTVerifyGetKey, type ProtectedHeaderParameters } from "jose";
import { systemClock, type Clock } from "../runtime/clock.ts";
import { explainJoseError } from "./explain-jose.ts";
import { TokenError } from "./token-error.ts";

/** Signature algorithms accepted: asymmetric ones only, so a public key can never serve as an HMAC secret. */
export const TOKEN_ALGORITHMS = ["RS256", "PS256", "ES256"] as const;

/** Settings of {@link createTokenVerifier}. */
export interface TokenVerifierOptions {
  /** Exact `iss` expected: the public address of the own realm. */
  readonly issuer: string;
  /** Value that `aud` must contain. */
  readonly audience: string;
  /** Where keys come from: see `createKeySource`. */
  readonly getKey: JWTVerifyGetKey;
  /** Seconds by which clocks may differ. Default 5. */
  readonly clockToleranceS?: number;
  /** Accept tokens that are bound to a key: only for whoever checks proof of that key itself (RFC 9449). Default: refused. */
  readonly acceptBound?: boolean;
  readonly clock?: Clock;
}

/** A token's claims after all checks; `sub` and `exp` are certain to be there. */
export type VerifiedClaims = JWTPayload & { readonly sub: string; readonly exp: number };

/**
 * Checks one access token: algorithm, signature, issuer, audience, times, subject, type.
 * @throws {TokenError} (401) saying which check failed.
 * @throws {TokenKeysUnavailableError} (503) when the issuer's keys cannot be had.
 */
export type TokenVerifier = (token: string) => Promise<VerifiedClaims>;

/** Makes the check for one issuer and audience. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { issuer, audience, getKey, clockToleranceS = 5, acceptBound = false, clock = systemClock } = options;
  return async (token) => {
    const now = clock.now();
    const { payload, protectedHeader } = await jwtVerify(token, getKey, {
      algorithms: [...TOKEN_ALGORITHMS],
      issuer,
      audience,
      clockTolerance: clockToleranceS,
      currentDate: new Date(now),
      requiredClaims: ["sub", "exp", "iat"],
    }).catch((error: unknown) => {
      throw explainJoseError(error);
    });
    requireAccessToken(payload, protectedHeader);
    if (!acceptBound) requireUnbound(payload);
    requireIssuedBefore(payload, now / 1_000 + clockToleranceS);
    requireSubject(payload);
    return payload;
  };
}

/** Keycloak says `typ: Bearer` in the claims, RFC 9068 `typ: at+jwt` in the header; ID and refresh tokens say neither. */
function requireAccessToken(payload: JWTPayload, header: ProtectedHeaderParameters): void {
  const headerType = typeof header.typ === "string" ? header.typ.toLowerCase().replace(/^application\//, "") : undefined;
  const claimed = payload["typ"];
  const accepted = claimed === "Bearer" || (headerType === "at+jwt" && claimed === undefined);
  if (!accepted) throw new TokenError("DIVE_ERR_TOKEN_TYPE", "The token is not an access token (typ must be Bearer or at+jwt).");
}

/** A token bound to a key (RFC 9449, RFC 8705) is worth nothing without proof of that key, which a bearer header is not. */
function requireUnbound(payload: JWTPayload): void {
  if (payload["cnf"] !== undefined) throw new TokenError("DIVE_ERR_TOKEN_BOUND", "The token is bound to a key and cannot be used as a bearer token.");
}

function requireIssuedBefore(payload: JWTPayload, latestS: number): void {
  if (typeof payload.iat === "number" && payload.iat > latestS) throw new TokenError("DIVE_ERR_TOKEN_NOT_YET_VALID", "The token was issued in the future.");
}

function requireSubject(payload: JWTPayload): asserts payload is VerifiedClaims {
  if (typeof payload.sub !== "string" || payload.sub.trim() === "") throw new TokenError("DIVE_ERR_TOKEN_CLAIM", "The token's claim sub is missing or not usable.");
}
