import { DiveError, systemClock, type Clock } from "@dive/common";
import type { Redis } from "ioredis";
import { channelOf, CLOCK_SKEW_MS, keyOf, LONGEST_SESSION_MS, streamOf, type Revocation, type RevokedThing } from "./entry.ts";
import type { RevocationView } from "./view.ts";

/** A revocation that could not be stored: nobody may take it for done. */
export class RevocationUnavailableError extends DiveError {
  constructor(cause: unknown) {
    super("The revocation could not be stored: the blacklist does not answer. Nothing has been revoked; try again.", {
      code: "DIVE_ERR_BLACKLIST_UNAVAILABLE",
      statusCode: 503,
      headers: { "retry-after": "5" },
      cause,
    });
  }
}

/** Who asks for a revocation, and why. */
export interface RevocationRequest {
  /** An administrator's uniqueID, or `keycloak`. */
  readonly by: string;
  readonly reason?: string;
  /** Tokens only: when the token expires, ms since the epoch. Default: as a session. */
  readonly expiresAt?: number;
}

/** Settings of {@link RevocationWriter}. */
export interface RevocationWriterOptions {
  /** Connected as the origin's own user; its ACL lets it write nothing of others. */
  readonly redis: Redis;
  /** Own code, lower case. */
  readonly origin: string;
  /** The own view, which need not wait for the echo. */
  readonly view?: RevocationView;
  readonly clock?: Clock;
}

/** Writes revocations of one origin: key (the truth), stream (replay) and channel (speed). */
export class RevocationWriter {
  readonly #options: RevocationWriterOptions;

  constructor(options: RevocationWriterOptions) {
    this.#options = options;
  }

  /**
   * Resolves when Redis has the revocation on disk (`appendfsync always`).
   * @throws {RevocationUnavailableError} when it is not certain to be stored
   */
  async revoke(thing: RevokedThing, { by, reason, expiresAt }: RevocationRequest): Promise<Revocation> {
    const { redis, origin, view, clock = systemClock } = this.#options;
    const revokedAt = clock.now();
    const revocation: Revocation = { ...thing, revokedAt, expiresAt: expiresAt ?? revokedAt + LONGEST_SESSION_MS, by, ...(reason === undefined ? {} : { reason }) };
    const json = JSON.stringify(revocation);
    const lastsMs = Math.max(1_000, revocation.expiresAt - revokedAt + CLOCK_SKEW_MS);
    // Whatever is older than the longest session concerns nothing that is still valid; the extra hour is for clocks.
    const oldest = revokedAt - LONGEST_SESSION_MS - 3_600_000;
    // One round trip, in this order, and no transaction: see components/blacklist-redis.ts. Half of it is answered as a failure, and harmless when repeated.
    const results = await redis
      .pipeline()
      .set(keyOf(origin, thing), json, "PX", lastsMs)
      .xadd(streamOf(origin), "MINID", "~", String(oldest), "*", "r", json)
      .publish(channelOf(origin), thing.kind)
      .exec()
      .catch((error: unknown) => {
        throw new RevocationUnavailableError(error);
      });
    const failed = results?.find(([error]) => error !== null)?.[0];
    if (results === null || failed) throw new RevocationUnavailableError(failed ?? new Error("no answer"));
    view?.add(origin, revocation);
    return revocation;
  }
}
