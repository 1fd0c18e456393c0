/** A federation link whose sides are both this stack's: a first look, both halves, their records, and the proof that users really get through, either way. */
import * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "../config.ts";
import type { LinkCircuitConfig } from "../link-config.ts";
import { OidcCheck } from "../dynamic/oidc-check/resource.ts";
import type { FederationAdmin } from "./federation-admin.ts";
import type { Instance } from "./instance.ts";
import { makeCircuit, makeHalf, makeRegistryEntry, ownEnd, type LinkSide } from "./link-side.ts";

/** Arguments of {@link FederationLink}. */
export interface FederationLinkArgs {
  readonly hub: Instance;
  readonly spoke: Instance;
  readonly authority: CertificateAuthority;
  /** Writes the hub's registry. */
  readonly federationAdmin: FederationAdmin;
  /** When its circuits open. */
  readonly linkCircuit?: LinkCircuitConfig | undefined;
}

/** The link between the hub and one spoke, both ways. */
export class FederationLink extends pulumi.ComponentResource {
  constructor(name: string, args: FederationLinkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:FederationLink", name, {}, opts);
    const { hub, spoke, authority, linkCircuit } = args;
    const sides = [side(hub, spoke), side(spoke, hub)] as const;
    const ends = { from: ownEnd(sides[0]), to: ownEnd(sides[1]) };
    const containers = [hub.keycloakContainer.id, spoke.keycloakContainer.id];

    const circuits = sides.map((each) => makeCircuit(name, each, this));
    // Through the breakers: an open circuit ends the link here, before anything is asked of a Keycloak.
    const first = new OidcCheck(
      `${name}-first-check`,
      { kind: "first", ...ends, triggers: containers },
      { parent: this, dependsOn: [hub.realm, spoke.realm, ...circuits] },
    );
    const halves = sides.map((each) => makeHalf(name, each, [first], this));
    const entry = makeRegistryEntry(name, sides[0], args.federationAdmin, halves, this);
    const triggers = [...containers, ...halves.map((half) => half.settingsHash)];
    const check = new OidcCheck(`${name}-check`, { kind: "link", ...ends, triggers }, { parent: this, dependsOn: [...halves, entry, hub, spoke] });
    new OidcCheck(`${name}-verification`, { kind: "verification", ...ends, triggers }, { parent: this, dependsOn: [check] });
    this.registerOutputs();

    function side(own: Instance, partner: Instance): LinkSide {
      return { own, partner: partner.site, authority, state: "ACTIVE", linkCircuit };
    }
  }
}
