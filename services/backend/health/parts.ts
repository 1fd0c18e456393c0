import type { HealthPart, Probe } from "@dive/common";
import type { OpaClient } from "@dive/common/opa";

/** The probes of the parts; see {@link healthParts} for which is critical. */
export interface PartProbes {
  readonly mongodb: Probe;
  readonly opa: Probe;
  readonly keycloak: Probe;
  readonly kas: Probe;
  readonly redis: Probe;
  readonly blacklistRedis: Probe;
  readonly cache: Probe;
}

/** The parts in the order of the answer. Without MongoDB or OPA nothing can be served; the rest degrades. */
export function healthParts(probes: PartProbes): readonly HealthPart[] {
  return [
    { name: "mongodb", critical: true, probe: probes.mongodb },
    { name: "opa", critical: true, probe: probes.opa },
    { name: "keycloak", critical: false, probe: probes.keycloak },
    { name: "kas", critical: false, probe: probes.kas },
    { name: "redis", critical: false, probe: probes.redis },
    { name: "blacklistRedis", critical: false, probe: probes.blacklistRedis },
    { name: "cache", critical: false, probe: probes.cache },
  ];
}

/** OPA is up when it decides, which also shows that the policy is loaded; which way it decides does not matter. */
export function opaProbe(opa: Pick<OpaClient, "probe">): Probe {
  return (signal) => opa.probe(signal);
}

export { cacheProbe } from "@dive/common/health";
