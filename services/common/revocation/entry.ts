/** What a revocation says, and how it is named in Redis. */

/** What is revoked. Sessions and tokens are named together with the realm that issued them: both numbers are the issuer's own. */
export type RevokedThing =
  /** One access token, until it expires. */
  | { readonly kind: "token"; readonly issuer: string; readonly jti: string }
  /** A sign-in with every token that came or will come of it. */
  | { readonly kind: "session"; readonly issuer: string; readonly sid: string }
  /** Everything that a person signed in for before; signing in again works. */
  | { readonly kind: "user"; readonly uniqueID: string }
  /** Every sign-in of a nation's people before this moment. */
  | { readonly kind: "realm"; readonly code: string };

/** The kinds of {@link RevokedThing}. */
export const REVOCATION_KINDS = ["token", "session", "user", "realm"] as const;

/** A revocation as it is stored and sent. Times are milliseconds since the Unix epoch. */
export type Revocation = RevokedThing & {
  readonly revokedAt: number;
  /** When nothing that it concerns can be valid any more; it may then be forgotten. */
  readonly expiresAt: number;
  /** Who asked: an administrator's uniqueID, or `keycloak` for a logout. */
  readonly by: string;
  readonly reason?: string;
};

/**
 * How long sessions, users and realms stay revoked: the realm's longest session (8 h) and the life of a token issued at its end (15 min),
 * rounded up to 9 h. The realm's settings are in components/realm.ts.
 */
export const LONGEST_SESSION_MS = 9 * 3_600_000;
/** Clocks may differ by this much, so an expired token's revocation is kept so much longer. */
export const CLOCK_SKEW_MS = 60_000;

/** What of a revocation tells it from others of its kind. */
export function identityOf(thing: RevokedThing): string {
  switch (thing.kind) {
    case "token":
      return identity("token", thing.issuer, thing.jti);
    case "session":
      return identity("session", thing.issuer, thing.sid);
    case "user":
      return identity("user", thing.uniqueID);
    case "realm":
      return identity("realm", thing.code);
  }
}

/** Joins the parts of an identity so that no two different lists give the same text. */
export function identity(...parts: readonly string[]): string {
  return parts.map(encodeURIComponent).join(":");
}

/** Key that holds a revocation of `origin` (lower-case code) while it lasts: the truth. */
export const keyOf = (origin: string, thing: RevokedThing): string => `blacklist:${origin}:${identityOf(thing)}`;

/** Stream with every revocation of an origin, for whoever was not there when it was made. */
export const streamOf = (origin: string): string => `revocations:${origin}`;

/** Channel on which an origin says that its stream has something new; a hint only. The stream's name: Redis keeps the two apart. */
export const channelOf = streamOf;

/**
 * Reads what an origin wrote.
 * @returns undefined for anything that is no revocation: a partner's mistake must not stop the others' from being read
 */
export function parseRevocation(json: string): Revocation | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined; // the caller counts and logs it
  }
  if (typeof value !== "object" || value === null) return undefined;
  const given = value as Record<string, unknown>;
  const texts: Record<Revocation["kind"], readonly string[]> = { token: ["issuer", "jti"], session: ["issuer", "sid"], user: ["uniqueID"], realm: ["code"] };
  const { kind, revokedAt, expiresAt } = given;
  if (!REVOCATION_KINDS.includes(kind as Revocation["kind"])) return undefined;
  if (![...texts[kind as Revocation["kind"]], "by"].every((name) => typeof given[name] === "string" && given[name] !== "")) return undefined;
  if (!Number.isFinite(revokedAt) || !Number.isFinite(expiresAt)) return undefined;
  if (given["reason"] !== undefined && typeof given["reason"] !== "string") return undefined;
  return given as unknown as Revocation;
}
