import type { HealthPart, KeySource, Probe } from "@dive/common";
import { cacheProbe } from "@dive/common/health";

/** The probes of the parts; see {@link healthParts} for which is critical. */
export interface PartProbes {
  readonly keys: Probe;
  readonly opa: Probe;
  readonly mongodb: Probe;
  readonly redis: Probe;
  readonly blacklistRedis: Probe;
  readonly cache: Probe;
}

/**
 * The parts in the order of the answer. Without its keys or OPA the KAS can decide nothing. Without MongoDB (audit) or
 * Redis (replays) it refuses each request as well, but says so by being degraded: it still gives out public keys. Without the
 * blacklist it releases UNCLASSIFIED keys only.
 */
export function healthParts(probes: PartProbes): readonly HealthPart[] {
  return [
    { name: "keys", critical: true, probe: probes.keys },
    { name: "opa", critical: true, probe: probes.opa },
    { name: "mongodb", critical: false, probe: probes.mongodb },
    { name: "redis", critical: false, probe: probes.redis },
    { name: "blacklistRedis", critical: false, probe: probes.blacklistRedis },
    { name: "cache", critical: false, probe: probes.cache },
  ];
}

/**
 * The signing keys of every trusted issuer: a partner's that cannot be had any more degrade, and the own realm's missing is down. A partner's
 * that were never had say nothing of this KAS: a hub admits spokes before they are there, and must be whole without them.
 */
export function issuersProbe(sources: () => readonly KeySource[]): Probe {
  return async (signal) => {
    const [own, ...partners] = sources();
    const found = own && (await cacheProbe(own)(signal));
    const others = await Promise.allSettled(partners.map((source) => cacheProbe(source)(signal)));
    if (found !== undefined) return found;
    const failed = others.filter((outcome, i) => partners[i]!.ageMs() !== undefined && (outcome.status === "rejected" || outcome.value !== undefined)).length;
    return failed === 0 ? undefined : { degraded: `signing keys of ${failed} of ${partners.length} partners cannot be had` };
  };
}
