/** A federation link: a first look at the partner, both halves, their records, and the proof that users really get through, either way. */
import * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority, LinkCircuitConfig } from "../config.ts";
import { FederationLinkRecord } from "../dynamic/federation-link-record/resource.ts";
import { FederationRegistryEntry } from "../dynamic/federation-registry-entry/resource.ts";
import { OidcCheck, type OidcCheckSideArgs } from "../dynamic/oidc-check/resource.ts";
import type { Site } from "./endpoints.ts";
import type { FederationAdmin } from "./federation-admin.ts";
import { FederationHalf } from "./federation-half.ts";
import type { Instance } from "./instance.ts";
import { declareLinkCircuit } from "./link-circuit.ts";
import { adminClientId } from "./parts/keycloak.ts";

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
    const { hub, spoke, authority } = args;
    const ends = { from: sideOf(hub, spoke.site, authority), to: sideOf(spoke, hub.site, authority) };
    const containers = [hub.keycloakContainer.id, spoke.keycloakContainer.id];

    const circuits = [this.circuit(name, hub, spoke, args), this.circuit(name, spoke, hub, args)];
    // Through the breakers: an open circuit ends the link here, before anything is asked of a Keycloak.
    const first = new OidcCheck(
      `${name}-first-check`,
      { kind: "first", ...ends, triggers: containers },
      { parent: this, dependsOn: [hub.realm, spoke.realm, ...circuits] },
    );
    const halves = [this.half(name, hub, spoke, first, authority), this.half(name, spoke, hub, first, authority)];
    const entry = new FederationRegistryEntry(
      `${name}-registry-entry`,
      {
        code: spoke.site.code,
        spoke: descriptorOf(spoke.site),
        backendUrl: hub.site.backendUrl,
        issuer: hub.site.issuer,
        clientId: args.federationAdmin.clientId,
        clientSecret: args.federationAdmin.clientSecret,
        caCertificate: authority.certificatePem,
      },
      { parent: this, dependsOn: [...halves, hub, args.federationAdmin.granted], deletedWith: hub.registryVolume },
    );
    const triggers = [...containers, ...halves.map((half) => half.settingsHash)];
    const check = new OidcCheck(`${name}-check`, { kind: "link", ...ends, triggers }, { parent: this, dependsOn: [...halves, entry, hub, spoke] });
    new OidcCheck(`${name}-verification`, { kind: "verification", ...ends, triggers }, { parent: this, dependsOn: [check] });
    this.registerOutputs();
  }

  private circuit(name: string, own: Instance, partner: Instance, { authority, linkCircuit: thresholds }: FederationLinkArgs): pulumi.Resource {
    const args = { orchestration: own.orchestration, partner: partner.site, authority, thresholds };
    return declareLinkCircuit(`${name}-at-${own.site.code.toLowerCase()}`, args, { parent: this, deletedWith: own.dataVolume });
  }

  /** One side's objects in its realm, and then its record, by which its backend begins to probe. */
  private half(name: string, own: Instance, partner: Instance, first: pulumi.Resource, authority: CertificateAuthority): FederationHalf {
    const here = `${name}-at-${own.site.code.toLowerCase()}`;
    const half = new FederationHalf(here, { own: own.site, realm: own.realm, partner: partner.site, after: [first] }, { parent: this, providers: [own.keycloakProvider] });
    new FederationLinkRecord(
      `${here}-record`,
      {
        own: own.site.code,
        partner: {
          code: partner.site.code,
          role: partner.site.role,
          ...addressesOf(partner.site),
          keycloakInternalUrl: partner.site.keycloakInternalUrl,
          backendInternalUrl: partner.site.backendInternalUrl,
          redirectUri: redirectUriOf(partner.site),
          brokerAliasHere: partner.site.brokerAlias,
          brokerAliasThere: own.site.brokerAlias,
          state: "ACTIVE",
        },
        database: databaseOf(own),
        caCertificate: authority.certificatePem,
      },
      { parent: half, dependsOn: [half.broker, own.orchestration.ready], deletedWith: own.dataVolume },
    );
    return half;
  }
}

function sideOf(own: Instance, partner: Site, authority: CertificateAuthority): OidcCheckSideArgs {
  const { site } = own;
  return {
    code: site.code,
    publicBase: site.keycloakUrl,
    realm: site.realm,
    issuer: site.issuer,
    clientId: site.clientId,
    redirectUri: redirectUriOf(site),
    brokerAlias: partner.brokerAlias,
    caCertificate: authority.certificatePem,
    adminClientId,
    adminClientSecret: own.adminClientSecret,
    database: databaseOf(own),
    probeUser: own.probeUser,
  };
}

/** The record as its owner, at the address at which the machine that runs the program reaches it. */
function databaseOf({ orchestration: { host, port, database, owner } }: Instance) {
  return { host, port, database, ...owner };
}

function addressesOf({ realm, issuer, clientId, keycloakUrl }: Site) {
  return { realm, issuer, clientId, keycloakUrl };
}

function descriptorOf(site: Site) {
  return { ...addressesOf(site), backendUrl: site.backendUrl, brokerAlias: site.brokerAlias, state: "ACTIVE" as const };
}

/** One of the redirect URIs that the application's client allows; nothing is ever sent there. */
function redirectUriOf(site: Site): string {
  return `${site.backendUrl}/callback`;
}
