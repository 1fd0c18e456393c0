import type { Phase } from "./state-machine.ts";

/** Types of resources by what they belong to, first match wins; whatever is not named is part of DEPLOYING (containers, networks, certificates, waits for a server). */
const PHASES: readonly (readonly [RegExp, Phase])[] = [
  [/:(HealthCheck|OidcCheck|\w*Verification)$/, "VERIFYING"],
  [/^(postgresql|keycloak):/, "CONFIGURING"],
  [/:(OrchestrationSchema|CircuitBreaker|FederationRegistryEntry)$/, "CONFIGURING"],
];

/** What a deployment is at when the engine works on a resource of this type. */
export function phaseOf(type: string): Phase {
  return PHASES.find(([pattern]) => pattern.test(type))?.[1] ?? "DEPLOYING";
}
