/** What the three kinds of check do in one round of one half. */
import type { HalfWork } from "./check-link.ts";
import { issuerAnswers } from "./issuer.ts";
import { clearCaches } from "./keycloak-admin.ts";
import { named, probeHalf } from "./probe-half.ts";
import { signInThroughBroker } from "./sign-in.ts";

/** A link's first check, before anything is made: the partner's issuer answers. */
export const firstRound: HalfWork = async (http, { partner }, signal) => {
  try {
    await issuerAnswers(http, partner, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw named(`issuer of ${partner.code}`, error);
  }
};

/**
 * A link's check: the own realm and user caches are cleared, once, since nothing changes while we look, and the keys cache when the partner
 * has other keys than last time; then the partner's issuer and the own broker.
 */
export function linkRound(): HalfWork {
  const cleared = new Set<object>();
  return async (http, half, signal) => {
    const { own, partner, admin, keys } = half;
    if (admin && !cleared.has(half)) {
      await clearCaches(http, admin, own.realm, keys ? ["realm", "user"] : ["realm", "user", "keys"], signal);
      cleared.add(half);
    }
    const { keyIds, error } = await probeHalf(http, own, partner, signal);
    if (admin && keys && keyIds && (await keys.known())?.join() !== keyIds.join()) {
      await clearCaches(http, admin, own.realm, ["keys"], signal);
      await keys.remember(keyIds);
    }
    if (error) throw error;
  };
}

/** A verification: the own probe user signs in at the partner. */
export const verificationRound: HalfWork = async (http, { own, partner, probeUser, onVerified }, signal) => {
  if (!probeUser) throw new Error(`verification of ${own.code} -> ${partner.code}: no probe user of ${own.code}`);
  let signedIn;
  try {
    signedIn = await signInThroughBroker(http, { source: own, target: partner, user: probeUser }, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw named(`sign-in of ${own.code}'s probe user at ${partner.code}`, error);
  }
  await onVerified?.(signedIn);
};
