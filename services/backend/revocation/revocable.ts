import { DiveError, TokenError, type TokenVerifier, type VerifiedClaims } from "@dive/common";
import type { RevokedThing } from "@dive/common/revocation";

/** What was asked to be revoked or looked up cannot be: 400. */
export class RevocationRequestError extends DiveError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: "DIVE_ERR_REVOCATION_REQUEST", statusCode: 400, cause });
  }
}

/** What an administrator may name: exactly one of the three. */
export interface RevocationBody {
  /** An access token of the own realm. */
  readonly token?: string;
  readonly uniqueID?: string;
  /** A nation's code; all of its people's sign-ins before now. */
  readonly realm?: string;
}

/** The thing to revoke, and for a token when it expires (ms). */
export interface Revocable {
  readonly thing: RevokedThing;
  readonly expiresAt?: number;
}

/**
 * Finds what a request names. A token is checked like any other, only that the fault is the request's: a token that is merely decoded
 * would let anybody who can write JSON revoke anybody.
 * @throws {RevocationRequestError} when it cannot be revoked
 */
export async function readRevocable({ token, uniqueID, realm }: RevocationBody, verifyToken: TokenVerifier, codes: readonly string[]): Promise<Revocable> {
  if (token !== undefined) {
    const claims = await verifySent(token, verifyToken);
    if (claims.iss === undefined || claims.jti === undefined || claims.jti === "") throw new RevocationRequestError("The token has no number of its own (jti); revoke the user instead.");
    return { thing: { kind: "token", issuer: claims.iss, jti: claims.jti }, expiresAt: claims.exp * 1_000 };
  }
  if (uniqueID !== undefined) return { thing: { kind: "user", uniqueID } };
  if (realm === undefined || !codes.includes(realm)) throw new RevocationRequestError(`There is no realm ${realm ?? ""} in the federation; there are ${codes.join(", ")}.`);
  return { thing: { kind: "realm", code: realm } };
}

/** The session of a caller; the token alone when it came of no session, as a service's does. */
export function sessionOf({ iss, sid, jti, exp }: VerifiedClaims): Revocable {
  const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
  if (isText(iss) && isText(sid)) return { thing: { kind: "session", issuer: iss, sid } };
  if (isText(iss) && isText(jti)) return { thing: { kind: "token", issuer: iss, jti }, expiresAt: exp * 1_000 };
  throw new RevocationRequestError("The token names neither its session (sid) nor itself (jti), so there is nothing to end.");
}

/** A token in a body: what is wrong with it is answered as 400, since the caller's own was good. */
export async function verifySent(token: string, verifyToken: TokenVerifier): Promise<VerifiedClaims> {
  return verifyToken(token).catch((error: unknown) => {
    throw error instanceof TokenError ? new RevocationRequestError(`The token in the body is refused: ${error.message}`, error) : error;
  });
}
