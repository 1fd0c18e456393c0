import type { KeySource } from "../token/key-source.ts";
import type { Probe } from "./types.ts";

/**
 * The cache of signing keys: renewed at half its bound, so that at rest no request has to wait for a fetch. Degraded when
 * renewal failed and the keys are past their bound (tokens are then refused), down when there never were any.
 */
export function cacheProbe(keys: KeySource): Probe {
  return async () => {
    const age = keys.ageMs();
    if (age !== undefined && age < keys.maxAgeMs / 2) return undefined;
    try {
      await keys.refresh();
      return undefined;
    } catch (error) {
      if (age === undefined) throw new Error("no signing keys yet", { cause: error });
      if (age <= keys.maxAgeMs) return undefined;
      return { degraded: `signing keys are ${Math.round(age / 1_000)} s old, more than ${keys.maxAgeMs / 1_000} s, and cannot be renewed` };
    }
  };
}
