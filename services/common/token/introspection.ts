import { errors, decodeJwt } from "jose";
import { request, type Dispatcher } from "undici";
import type { Breaker } from "../breaker/index.ts";
import { systemClock, type Clock } from "../runtime/clock.ts";
import { DiveError } from "../runtime/dive-error.ts";
import { TokenError } from "./token-error.ts";
import type { TokenVerifier, VerifiedClaims } from "./verifier.ts";

/** Settings of {@link createIntrospection}. */
export interface IntrospectionOptions {
  /** The realm's endpoint of RFC 7662. */
  readonly url: string;
  /** The service's own client of the realm. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** Exact `iss` expected. */
  readonly issuer: string;
  /** Value that `aud` must contain. */
  readonly audience: string;
  readonly dispatcher: Dispatcher;
  /** The one of the identity provider. What it says of a token is an answer, whichever it is. */
  readonly breaker: Breaker;
  /** Longest wait for the answer, in milliseconds. Default 2,000. */
  readonly timeoutMs?: number;
  /** Questions under way at most: callers with invented tokens must not keep the identity provider busy. Default 16. */
  readonly atOnce?: number;
  /** Seconds by which clocks may differ. Default 5. */
  readonly clockToleranceS?: number;
  /** As the verifier's. Default: tokens bound to a key are refused. */
  readonly acceptBound?: boolean;
  readonly clock?: Clock;
}

/** Nobody can say whether the token is good: 503. It is not let through, and not called bad either. */
export class IntrospectionUnavailableError extends DiveError {
  constructor(cause: unknown, retryAfterS = "5") {
    super("The realm cannot be asked about this token at the moment. Try again later.", {
      code: "DIVE_ERR_INTROSPECTION_UNAVAILABLE", statusCode: 503, headers: { "retry-after": retryAfterS }, cause,
    });
  }
}

/**
 * Asks the realm about tokens that cannot be checked here (RFC 7662).
 * @throws {TokenError} (401) when it does not know the token, or says what an access token for this service does not say.
 * @throws {IntrospectionUnavailableError} (503) when it does not answer, refuses the service itself, or is not asked.
 */
export function createIntrospection(options: IntrospectionOptions): TokenVerifier {
  const { url, clientId, clientSecret, dispatcher, breaker, timeoutMs = 2_000, atOnce = 16 } = options;
  const headers = {
    authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString("base64")}`,
    "content-type": "application/x-www-form-urlencoded",
    accept: "application/json",
  };
  let underWay = 0;

  const ask = async (token: string): Promise<Readonly<Record<string, unknown>>> => {
    const body = new URLSearchParams({ token, token_type_hint: "access_token" }).toString();
    const response = await request(url, { dispatcher, method: "POST", headers, body, signal: AbortSignal.timeout(timeoutMs) });
    if (response.statusCode !== 200) {
      await response.body.dump();
      throw new Error(`${url} answered ${response.statusCode}, expected 200`);
    }
    const answer: unknown = await response.body.json();
    if (typeof (answer as { active?: unknown } | null)?.active !== "boolean") throw new Error(`${url} did not say whether the token is active`);
    return answer as Readonly<Record<string, unknown>>;
  };

  return async (token) => {
    if (underWay >= atOnce) throw new IntrospectionUnavailableError(new Error(`${atOnce} questions are under way`));
    underWay += 1;
    try {
      const answer = await breaker.execute(() => ask(token)).catch((error: unknown) => {
        throw new IntrospectionUnavailableError(error, error instanceof DiveError ? error.headers["retry-after"] : undefined);
      });
      return requireAccessToken(answer, options);
    } finally {
      underWay -= 1;
    }
  };
}

/**
 * The own check, and the realm's word where that cannot be had: for opaque tokens, for those signed with a key that the realm does not
 * publish, and for those that leave claims out (Keycloak's lightweight ones). What the own check refuses on better grounds stays refused.
 */
export function withIntrospection(verify: TokenVerifier, introspect: TokenVerifier, issuer: string): TokenVerifier {
  return async (token) => {
    if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)) return introspect(token);
    return verify(token).catch(async (refusal: unknown) => {
      if (!realmMayKnow(refusal, token, issuer)) throw refusal;
      return introspect(token).catch((error: unknown) => {
        // The first refusal says more than that the realm does not know it either.
        throw error instanceof TokenError && error.code === "DIVE_ERR_TOKEN_INACTIVE" ? refusal : error;
      });
    });
  };
}

function realmMayKnow(refusal: unknown, token: string, issuer: string): boolean {
  if (!(refusal instanceof TokenError)) return false;
  // Claims are looked at after the signature, so this one is the realm's.
  if (refusal.cause instanceof errors.JWTClaimValidationFailed) return refusal.cause.reason === "missing";
  return refusal.code === "DIVE_ERR_TOKEN_UNKNOWN_KEY" && claimedIssuer(token) === issuer;
}

function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined; // no claims: of no issuer
  }
}

/** The same demands as on a token that is checked here; the answer's claims are the token's (RFC 7662 section 2.2). */
function requireAccessToken(answer: Readonly<Record<string, unknown>>, { issuer, audience, acceptBound = false, clockToleranceS = 5, clock = systemClock }: IntrospectionOptions): VerifiedClaims {
  const { active, iss, aud, sub, exp, iat, nbf, typ, cnf } = answer;
  const now = clock.now() / 1_000;
  const demand = (holds: boolean, code: ConstructorParameters<typeof TokenError>[0], message: string) => {
    if (!holds) throw new TokenError(code, message);
  };
  demand(active === true, "DIVE_ERR_TOKEN_INACTIVE", "The realm does not know this token, or it is not good any more.");
  demand(iss === issuer, "DIVE_ERR_TOKEN_ISSUER", "The token comes from another issuer than this instance's realm.");
  demand(aud === audience || (Array.isArray(aud) && aud.includes(audience)), "DIVE_ERR_TOKEN_AUDIENCE", "The token is not meant for this service (audience).");
  demand(typeof exp === "number" && exp > now - clockToleranceS, "DIVE_ERR_TOKEN_EXPIRED", "The token has expired; sign in again.");
  demand(typeof iat === "number" && iat <= now + clockToleranceS, "DIVE_ERR_TOKEN_NOT_YET_VALID", "The token was issued in the future.");
  demand(nbf === undefined || (typeof nbf === "number" && nbf <= now + clockToleranceS), "DIVE_ERR_TOKEN_NOT_YET_VALID", "The token is not valid yet.");
  demand(typ === "Bearer", "DIVE_ERR_TOKEN_TYPE", "The token is not an access token (typ must be Bearer).");
  demand(acceptBound || cnf === undefined, "DIVE_ERR_TOKEN_BOUND", "The token is bound to a key and cannot be used as a bearer token.");
  demand(typeof sub === "string" && sub.trim() !== "", "DIVE_ERR_TOKEN_CLAIM", "The token's claim sub is missing or not usable.");
  return answer as VerifiedClaims;
}
