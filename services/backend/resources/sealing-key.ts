import { DiveError, systemClock, type Clock } from "@dive/common";
import type { Breaker } from "@dive/common/breaker";
import { fetchKasKey, type Fetch } from "@dive/common/kas-client";
import type { SealingKas } from "@dive/common/sealed";
import { SealingKeyUnavailableError } from "./errors.ts";

/** Settings of {@link createSealingKey}. */
export interface SealingKeyOptions {
  /** Where the backend reaches the instance's KAS. */
  readonly url: string;
  /** What sealed objects name: where clients reach it. */
  readonly publicUrl: string;
  readonly fetch: Fetch;
  readonly breaker: Breaker;
  /** How long a key is used before it is asked for again, in milliseconds. Default 60,000. */
  readonly maxAgeMs?: number;
  readonly clock?: Clock;
}

/** The key to seal with. @throws {SealingKeyUnavailableError} */
export type SealingKey = () => Promise<SealingKas>;

/** The newest EC key of the instance's KAS; an older one still opens, so one minute in memory does no harm. */
export function createSealingKey({ url, publicUrl, fetch, breaker, maxAgeMs = 60_000, clock = systemClock }: SealingKeyOptions): SealingKey {
  let known: { readonly key: SealingKas; readonly since: number } | undefined;
  return async () => {
    if (known !== undefined && clock.now() - known.since < maxAgeMs) return known.key;
    try {
      const key = await breaker.execute(() => fetchKasKey(url, "ec:secp256r1", { fetch, timeoutMs: 5_000 }));
      known = { key: { ...key, url: publicUrl }, since: clock.now() };
      return known.key;
    } catch (error) {
      throw new SealingKeyUnavailableError(error, error instanceof DiveError ? error.headers["retry-after"] : undefined);
    }
  };
}
