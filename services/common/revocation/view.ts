import { systemClock, type Clock } from "@dive/common";
import { hasAuthority, nationOf, type Federation } from "./authority.ts";
import { CLOCK_SKEW_MS, identity, identityOf, type Revocation } from "./entry.ts";

/** How old a view may be before nothing above UNCLASSIFIED is served by it, milliseconds. */
export const STALENESS_BOUND_MS = 5_000;

/** The claims of a verified token by which it can be revoked. */
export interface RevocableClaims {
  readonly iss?: unknown;
  readonly jti?: unknown;
  readonly sid?: unknown;
  readonly uniqueID?: unknown;
  readonly countryOfAffiliation?: unknown;
  /** Seconds since the Unix epoch. */
  readonly iat?: unknown;
  /** When the person signed in, seconds since the Unix epoch; stays the same when a token is refreshed. */
  readonly auth_time?: unknown;
  /** For a brokered sign-in: the session at the partner's realm that it came from. */
  readonly idp_sid?: unknown;
}

/** What a view says of a token. */
export interface Verdict {
  readonly revoked: boolean;
  /** Which kind of revocation it was; only when revoked. */
  readonly kind?: Revocation["kind"];
  /** The view is older than the bound, or was never complete: it cannot say that a token is NOT revoked. */
  readonly stale: boolean;
  /** Milliseconds since the view was last known to be complete; Infinity before that. */
  readonly ageMs: number;
}

/** Asked by every service on every request. */
export interface RevocationCheck {
  verdict(claims: RevocableClaims): Verdict;
}

/** Every revocation that counts here, in memory: asking costs a few map look-ups and no network. */
export class RevocationView implements RevocationCheck {
  readonly #entries = new Map<string, Revocation>();
  readonly #federation: Federation;
  readonly #clock: Clock;
  #completeAt: number | undefined;

  constructor(federation: Federation, clock: Clock = systemClock) {
    this.#federation = federation;
    this.#clock = clock;
  }

  /** Revocations known, expired ones included until {@link forgetExpired}. */
  get size(): number {
    return this.#entries.size;
  }

  /** Milliseconds since everything written so far was known here. */
  get ageMs(): number {
    return this.#completeAt === undefined ? Number.POSITIVE_INFINITY : Math.max(0, this.#clock.now() - this.#completeAt);
  }

  /**
   * Takes in what `origin` wrote; repeated and reordered entries do no harm.
   * @returns false when the origin has no say in it, and it is ignored
   */
  add(origin: string, revocation: Revocation): boolean {
    if (!hasAuthority(origin, revocation, this.#federation)) return false;
    const key = identityOf(revocation);
    const known = this.#entries.get(key);
    this.#entries.set(key, known === undefined ? revocation : later(known, revocation));
    return true;
  }

  /** Everything written before `at` (ms) has been added. */
  markComplete(at: number): void {
    if (this.#completeAt === undefined || at > this.#completeAt) this.#completeAt = at;
  }

  verdict(claims: RevocableClaims): Verdict {
    const ageMs = this.ageMs;
    const stale = ageMs > STALENESS_BOUND_MS;
    const kind = this.#revokedAs(claims);
    return kind === undefined ? { revoked: false, stale, ageMs } : { revoked: true, kind, stale, ageMs };
  }

  /** Drops what nothing valid can match any more. */
  forgetExpired(): void {
    const now = this.#clock.now();
    for (const [key, { expiresAt }] of this.#entries) if (expiresAt + CLOCK_SKEW_MS < now) this.#entries.delete(key);
  }

  /** Counts by kind, expired ones left out. */
  counts(): Record<Revocation["kind"], number> {
    const now = this.#clock.now();
    const counts = { token: 0, session: 0, user: 0, realm: 0 };
    for (const { kind, expiresAt } of this.#entries.values()) if (expiresAt >= now) counts[kind] += 1;
    return counts;
  }

  #revokedAs(claims: RevocableClaims): Revocation["kind"] | undefined {
    const { iss, jti, sid, idp_sid: idpSid, uniqueID, countryOfAffiliation } = claims;
    if (isText(iss) && isText(jti) && this.#entries.has(identity("token", iss, jti))) return "token";
    if (isText(iss) && isText(sid) && this.#entries.has(identity("session", iss, sid))) return "session";
    if (isText(idpSid) && isText(uniqueID)) {
      // The partner's realm ended the session that this one came from, and did not tell our realm.
      const home = this.#federation.origins.find(({ origin }) => origin === nationOf(uniqueID));
      if (home !== undefined && this.#entries.has(identity("session", home.issuer, idpSid))) return "session";
    }
    const signedInAt = signInTime(claims);
    const before = (entry: Revocation | undefined) => entry !== undefined && signedInAt <= entry.revokedAt;
    if (isText(uniqueID) && before(this.#entries.get(identity("user", uniqueID)))) return "user";
    if (isText(countryOfAffiliation) && before(this.#entries.get(identity("realm", countryOfAffiliation)))) return "realm";
    return undefined;
  }
}

/** Milliseconds; 0, so earlier than any revocation, when the token does not say. Whole seconds round down: in doubt it was before. */
function signInTime({ auth_time: authTime, iat }: RevocableClaims): number {
  if (typeof authTime === "number") return authTime * 1_000;
  return typeof iat === "number" ? iat * 1_000 : 0;
}

function later(a: Revocation, b: Revocation): Revocation {
  const winner = b.revokedAt >= a.revokedAt ? b : a;
  return { ...winner, expiresAt: Math.max(a.expiresAt, b.expiresAt) };
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
