/** One side of a federation link: its circuit, its objects in its realm, its record, and how checks see it. */
import * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "../config.ts";
import type { LinkCircuitConfig } from "../link-config.ts";
import { FederationLinkRecord } from "../dynamic/federation-link-record/resource.ts";
import { FederationRegistryEntry } from "../dynamic/federation-registry-entry/resource.ts";
import type { OidcCheckSideArgs } from "../dynamic/oidc-check/resource.ts";
import type { Peer } from "./endpoints.ts";
import type { FederationAdmin } from "./federation-admin.ts";
import { FederationHalf } from "./federation-half.ts";
import type { Instance } from "./instance.ts";
import { declareLinkCircuit } from "./link-circuit.ts";
import { adminClientId } from "./parts/keycloak.ts";

/**
 * What a link is when its objects are made: `ACTIVE` where both sides come from one stack or the other side is there already, `PENDING`
 * where the other side comes later. The backend's prober makes a pending link active once the partner answers.
 */
export type NewLinkState = "PENDING" | "ACTIVE";

/** One side of a link, as its own stack makes it. */
export interface LinkSide {
  readonly own: Instance;
  readonly partner: Peer;
  readonly authority: CertificateAuthority;
  readonly state: NewLinkState;
  /** When its circuit opens. */
  readonly linkCircuit?: LinkCircuitConfig | undefined;
}

/** Pulumi name of a side. */
function nameOf(link: string, { own }: LinkSide): string {
  return `${link}-at-${own.site.code.toLowerCase()}`;
}

/** Declares the circuit that guards the side's checks. */
export function makeCircuit(link: string, side: LinkSide, parent: pulumi.Resource): pulumi.Resource {
  const { own, partner, authority, linkCircuit: thresholds } = side;
  return declareLinkCircuit(nameOf(link, side), { orchestration: own.orchestration, partner, authority, thresholds }, { parent, deletedWith: own.dataVolume });
}

/** The side's objects in its realm, and then its record, by which its backend begins to probe. @param after what must be complete before */
export function makeHalf(link: string, side: LinkSide, after: readonly pulumi.Resource[], parent: pulumi.Resource): FederationHalf {
  const { own, partner, authority, state } = side;
  const name = nameOf(link, side);
  const half = new FederationHalf(name, { own: own.site, realm: own.realm, partner, after }, { parent, providers: [own.keycloakProvider] });
  new FederationLinkRecord(
    `${name}-record`,
    {
      own: own.site.code,
      partner: {
        code: partner.code,
        role: partner.role,
        ...addressesOf(partner),
        keycloakInternalUrl: partner.keycloakInternalUrl,
        backendInternalUrl: partner.backendInternalUrl,
        redirectUri: redirectUriOf(partner),
        brokerAliasHere: partner.brokerAlias,
        brokerAliasThere: own.site.brokerAlias,
        state,
      },
      database: databaseOf(own),
      caCertificate: authority.certificatePem,
    },
    { parent: half, dependsOn: [half.broker, own.orchestration.ready], deletedWith: own.dataVolume },
  );
  return half;
}

/** The spoke's document in the hub's registry, through the hub's backend. @param after what must be complete before */
export function makeRegistryEntry(link: string, { own: hub, partner: spoke, authority, state }: LinkSide, admin: FederationAdmin, after: readonly pulumi.Resource[], parent: pulumi.Resource): FederationRegistryEntry {
  return new FederationRegistryEntry(
    `${link}-registry-entry`,
    {
      code: spoke.code,
      spoke: { ...addressesOf(spoke), backendUrl: spoke.backendUrl, brokerAlias: spoke.brokerAlias, state },
      backendUrl: hub.site.backendUrl,
      issuer: hub.site.issuer,
      clientId: admin.clientId,
      clientSecret: admin.clientSecret,
      caCertificate: authority.certificatePem,
    },
    { parent, dependsOn: [...after, hub, admin.granted], deletedWith: hub.registryVolume },
  );
}

/** The own end of a check: with the rights to explain and to record. */
export function ownEnd({ own, partner, authority }: Pick<LinkSide, "own" | "partner" | "authority">): OidcCheckSideArgs {
  return { ...endOf(own.site, partner, authority.certificatePem), adminClientId, adminClientSecret: own.adminClientSecret, database: databaseOf(own), probeUser: own.probeUser };
}

/** The partner's end, of which only public values are known. */
export function partnersEnd({ own, partner, authority }: LinkSide): OidcCheckSideArgs {
  return endOf(partner, own.site, partner.caCertificate ?? authority.certificatePem);
}

function endOf(site: Peer, other: Peer, caCertificate: string): OidcCheckSideArgs {
  return {
    code: site.code,
    publicBase: site.keycloakUrl,
    realm: site.realm,
    issuer: site.issuer,
    clientId: site.clientId,
    redirectUri: redirectUriOf(site),
    brokerAlias: other.brokerAlias,
    caCertificate,
  };
}

/** The record as its owner, at the address at which the machine that runs the program reaches it. */
function databaseOf({ orchestration: { host, port, database, owner } }: Instance) {
  return { host, port, database, ...owner };
}

function addressesOf({ realm, issuer, clientId, keycloakUrl }: Peer) {
  return { realm, issuer, clientId, keycloakUrl };
}

/** One of the redirect URIs that the application's client allows; nothing is ever sent there. */
function redirectUriOf(site: Peer): string {
  return `${site.backendUrl}/callback`;
}
