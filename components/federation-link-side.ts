/** One side of a federation link whose other side is another stack's: only what is here is configured, and only public values of the partner are known. */
import * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "../config.ts";
import type { LinkCircuitConfig } from "../link-config.ts";
import { OidcCheck } from "../dynamic/oidc-check/resource.ts";
import type { Peer } from "./endpoints.ts";
import type { FederationAdmin } from "./federation-admin.ts";
import type { Instance } from "./instance.ts";
import { makeCircuit, makeHalf, makeRegistryEntry, ownEnd, partnersEnd } from "./link-side.ts";

interface SideArgs {
  readonly authority: CertificateAuthority;
  /** When its circuit opens. */
  readonly linkCircuit?: LinkCircuitConfig | undefined;
}

/** Arguments of {@link HubLinkSide}. */
export interface HubLinkSideArgs extends SideArgs {
  readonly hub: Instance;
  readonly spoke: Peer;
  /** Writes the hub's registry. */
  readonly federationAdmin: FederationAdmin;
}

/**
 * The hub's side of a link to a spoke that comes later, or has come: circuit, half, record and registry entry, made as PENDING. Nothing
 * waits for the spoke; the hub's backend makes the link active once the spoke answers.
 */
export class HubLinkSide extends pulumi.ComponentResource {
  constructor(name: string, { hub, spoke, federationAdmin, ...args }: HubLinkSideArgs, opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:HubLinkSide", name, {}, opts);
    const side = { ...args, own: hub, partner: spoke, state: "PENDING" } as const;
    const circuit = makeCircuit(name, side, this);
    const half = makeHalf(name, side, [hub.realm, circuit], this);
    makeRegistryEntry(name, side, federationAdmin, [half], this);
    this.registerOutputs();
  }
}

/** Arguments of {@link SpokeLinkSide}. */
export interface SpokeLinkSideArgs extends SideArgs {
  readonly spoke: Instance;
  readonly hub: Peer;
}

/**
 * The spoke's side, which comes second: the hub has made its own. A first look at the hub through the circuit, half and record, the check
 * that a sign-in here with the hub's broker ends at the hub's login form, and the proof: the own probe user signs in at the hub.
 */
export class SpokeLinkSide extends pulumi.ComponentResource {
  constructor(name: string, { spoke, hub, ...args }: SpokeLinkSideArgs, opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:SpokeLinkSide", name, {}, opts);
    const side = { ...args, own: spoke, partner: hub, state: "ACTIVE" } as const;
    const ends = { from: partnersEnd(side), to: ownEnd(side) };
    const containers = [spoke.keycloakContainer.id];
    const circuit = makeCircuit(name, side, this);
    const first = new OidcCheck(`${name}-first-check`, { kind: "first", ...ends, triggers: containers }, { parent: this, dependsOn: [spoke.realm, circuit] });
    const half = makeHalf(name, side, [first], this);
    const triggers = [...containers, half.settingsHash];
    const check = new OidcCheck(`${name}-check`, { kind: "link", ...ends, triggers }, { parent: this, dependsOn: [half, spoke] });
    new OidcCheck(`${name}-verification`, { kind: "verification", ...ends, triggers }, { parent: this, dependsOn: [check] });
    this.registerOutputs();
  }
}
