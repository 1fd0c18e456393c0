/** The circuit that guards one side's checks of a federation link. */
import type * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "../config.ts";
import type { LinkCircuitConfig } from "../link-config.ts";
import { CircuitBreaker } from "../dynamic/circuit-breaker/resource.ts";
import type { Peer } from "./endpoints.ts";
import type { OrchestrationPart } from "./parts/postgres.ts";

/** Arguments of {@link declareLinkCircuit}. */
export interface LinkCircuitArgs {
  /** The database of the side that checks. */
  readonly orchestration: OrchestrationPart;
  readonly partner: Peer;
  readonly authority: CertificateAuthority;
  /** Default: 5 failures in a row open it for 60 s. */
  readonly thresholds?: LinkCircuitConfig | undefined;
}

/**
 * Declares circuit `federation-link/<partner's code>` in the database of the side that checks.
 * @param name Pulumi name of that side of the link, e.g. `link-fra-at-usa`
 * @param opts with the data volume as `deletedWith`: the row goes with it
 */
export function declareLinkCircuit(name: string, { orchestration, partner, authority, thresholds }: LinkCircuitArgs, opts: pulumi.CustomResourceOptions): CircuitBreaker {
  const { host, port, database, owner, ready } = orchestration;
  return new CircuitBreaker(
    `${name}-circuit`,
    { host, port, database, ...owner, caCertificate: authority.certificatePem, circuit: "federation-link", instance: partner.code, ...thresholds },
    { ...opts, dependsOn: [ready] },
  );
}
