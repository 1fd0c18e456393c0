import { DiveError, systemClock, TOKEN_ALGORITHMS, type Clock } from "@dive/common";
import type { ReplayStore } from "@dive/common/dpop";
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";

/** Member of the claim `events` that makes a token a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4). */
export const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";
/** Oldest logout token accepted, seconds; Keycloak's last 2 min. */
const MAX_AGE_S = 600;
/** Seconds by which clocks may differ. */
const CLOCK_TOLERANCE_S = 5;

/** The logout token cannot be used, or the logout could not be done: 400, as section 2.8 has it. */
export class LogoutRefusedError extends DiveError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: "DIVE_ERR_LOGOUT_TOKEN", statusCode: 400, headers: { "cache-control": "no-store" }, cause });
  }
}

/** Settings of {@link createLogoutTokenVerifier}. */
export interface LogoutTokenOptions {
  /** The own realm. */
  readonly issuer: string;
  /** Client ids of the own realm whose sessions end here; `aud` must name one. */
  readonly clientIds: readonly string[];
  readonly getKey: JWTVerifyGetKey;
  /** Where the numbers of used tokens are kept. */
  readonly replays: ReplayStore;
  readonly clock?: Clock;
}

/** The session that a logout token ends. */
export interface EndedSession {
  readonly issuer: string;
  readonly sid: string;
}

/**
 * Checks a logout token once: a second time it is refused.
 * @throws {LogoutRefusedError} saying what is wrong with it
 */
export type LogoutTokenVerifier = (token: string) => Promise<EndedSession>;

/** Makes the check (section 2.6); a session is named by `sid`, which we ask Keycloak for. */
export function createLogoutTokenVerifier({ issuer, clientIds, getKey, replays, clock = systemClock }: LogoutTokenOptions): LogoutTokenVerifier {
  return async (token) => {
    const now = clock.now();
    const { payload } = await jwtVerify(token, getKey, {
      algorithms: [...TOKEN_ALGORITHMS], issuer, audience: [...clientIds], requiredClaims: ["iat", "exp", "jti", "events"],
      maxTokenAge: MAX_AGE_S, clockTolerance: CLOCK_TOLERANCE_S, currentDate: new Date(now),
    }).catch((error: unknown) => {
      throw new LogoutRefusedError(reasonOf(error), error);
    });
    const { sid, jti } = readClaims(payload);
    // No token is accepted for longer than this, so none has to be remembered for longer either.
    const fresh = await replays.claim(`${issuer} ${jti}`, (MAX_AGE_S + 2 * CLOCK_TOLERANCE_S) * 1_000).catch((error: unknown) => {
      throw new LogoutRefusedError("Whether the logout token was used before cannot be told at the moment.", error);
    });
    if (!fresh) throw new LogoutRefusedError("The logout token was used before (jti).");
    return { issuer, sid };
  };
}

function readClaims({ events, nonce, sid, jti }: JWTPayload): { readonly sid: string; readonly jti: string } {
  const event: unknown = isObject(events) ? events[LOGOUT_EVENT] : undefined;
  if (!isObject(event)) throw new LogoutRefusedError(`The token is no logout token: events must have the member ${LOGOUT_EVENT}, an object.`);
  if (nonce !== undefined) throw new LogoutRefusedError("The token is no logout token: it has a nonce.");
  if (!isText(sid)) throw new LogoutRefusedError("The logout token names no session (sid).");
  if (!isText(jti)) throw new LogoutRefusedError("The logout token has no number of its own (jti).");
  return { sid, jti };
}

/** Of our own words only: what jose says may repeat what was sent. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "The logout token has expired, or is too old.";
  if (error instanceof errors.JWTClaimValidationFailed) return `The logout token's claim ${error.claim} is missing or not the expected one.`;
  if (error instanceof errors.JOSEAlgNotAllowed) return "The logout token is not signed with an accepted algorithm.";
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) return "The logout token is not signed by this realm.";
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid || error instanceof errors.JOSENotSupported) return "The logout token cannot be read as a signed JWT.";
  return "The signature of the logout token cannot be checked at the moment.";
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
