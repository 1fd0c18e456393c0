import { createHash } from "node:crypto";
import { ReplayStoreUnavailableError } from "./proof-error.ts";

/** Remembers which proofs were used, for as long as they would be accepted; shared by all replicas of a service. */
export interface ReplayStore {
  /**
   * Takes a proof's identifier: true for the first caller, false for any later one within `ttlMs`.
   * @throws {ReplayStoreUnavailableError} when nobody can tell.
   */
  claim(identifier: string, ttlMs: number): Promise<boolean>;
}

/** What {@link createRedisReplayStore} needs of a Redis client; ioredis fits. */
export interface ReplayRedis {
  set(key: string, value: string, expiry: "PX", ttlMs: number, condition: "NX"): Promise<string | null>;
}

/** A store in Redis: `SET <prefix><hash> 1 PX <ttl> NX`, so that one command both asks and takes. */
export function createRedisReplayStore(redis: ReplayRedis, prefix = "dpop:"): ReplayStore {
  return {
    async claim(identifier, ttlMs) {
      // A caller chooses its identifiers: hashed, they are short, and no key of anybody else.
      const key = `${prefix}${createHash("sha256").update(identifier).digest("base64url")}`;
      const answer = await redis.set(key, "1", "PX", ttlMs, "NX").catch((error: unknown) => {
        throw new ReplayStoreUnavailableError(error);
      });
      return answer === "OK";
    },
  };
}
