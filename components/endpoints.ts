/** How A reaches B: the one place that knows container names, public bases and realm addresses. */
import type { InstanceConfig, Topology } from "../config.ts";
import { publishedOn } from "../placement-config.ts";
import { realmOf, type Member, type SiteDescriptor } from "../partner-config.ts";
import type { PolicyConfig } from "../policy-config.ts";
import { assignPortIndexes, portsOf, sharedPorts, type InstancePorts } from "./ports.ts";

/** The parts of an instance, by the name that their containers carry. */
export type ServiceName = "postgres" | "keycloak" | "redis" | "mongodb" | "opa" | "backend" | "kas" | "blacklist-redis";

/** The ports inside the containers. */
export const containerPorts = { postgres: 5432, keycloak: 8443, keycloakManagement: 9000, redis: 6379, mongodb: 27017, opa: 8181, backend: 4000, backendExchange: 4001, kas: 9000 } as const;

/** An instance of the federation as a partner needs to know it, and as that partner reaches it: of this stack or of another. */
export interface Peer {
  readonly code: string;
  readonly role: InstanceConfig["role"];
  /** `dive-hub` or `dive-spoke-<code>`, with the stack's prefix: first part of each container's name. */
  readonly instanceName: string;
  /** Public base of the backend, e.g. `https://localhost:4000`. */
  readonly backendUrl: string;
  /** Base of the backend as containers reach it. */
  readonly backendInternalUrl: string;
  /** Where the backend hands resources to partners' backends, by client certificates; published only for other Docker hosts. */
  readonly exchangeInternalUrl: string;
  /** Public base of the key access service, e.g. `https://localhost:9000`. */
  readonly kasUrl: string;
  /** Public base of Keycloak, e.g. `https://localhost:8443`. */
  readonly keycloakUrl: string;
  /** Base of Keycloak as containers reach it. */
  readonly keycloakInternalUrl: string;
  readonly realm: string;
  /** The application's client; also the client under which a partner knows this realm. */
  readonly clientId: string;
  /** Always the public one, on every path. */
  readonly issuer: string;
  /** The realm's address as containers reach it. */
  readonly realmInternalUrl: string;
  /** Alias under which partners list this realm as identity provider. */
  readonly brokerAlias: string;
  /** PEM of the authority of its certificates; undefined where that is the own stack's. */
  readonly caCertificate?: string;
}

/** Everything about an instance of the own stack that follows from the configuration alone: names and addresses, all known at preview. */
export interface Site extends Peer {
  readonly portIndex: number;
  readonly ports: InstancePorts;
  readonly portOffset: number;
  readonly stack: string;
  readonly root: string;
  readonly namePrefix: string;
  /** Host name of the public bases: the advertised address, else `localhost`. There the machine that runs the program reaches published ports. */
  readonly publicHost: string;
  /** Addresses on which ports are published. */
  readonly bindAddresses: readonly string[];
  /** Second octet of the stack's networks, see {@link subnetOf}. */
  readonly networkOctet: number;
  /** Every instance of the federation, this one included, as far as it is known here: a spoke's stack has it from the hub. */
  readonly members: readonly Member[];
  readonly policy: PolicyConfig;
}

/** Where a container, network or volume belongs: what its name, labels and published ports follow from. */
export type Placement = Pick<Site, "code" | "instanceName" | "stack" | "root" | "bindAddresses">;

/** The audience that a realm's backend accepts. */
export const backendAudience = "dive-v3-backend";

/** The host name of the public bases of a stack that advertises no address. */
export const publicHost = "localhost";

/** The hub where it is another stack's, as its spokes need it. */
export interface HubElsewhere extends Peer {
  /** Base of the blacklist Redis as containers reach it. */
  readonly blacklistBase: string;
  /** Undefined when the hub is on another Docker host. */
  readonly sharedNetwork: string | undefined;
  readonly members: readonly Member[];
}

/** The instances that a stack deals with. */
export interface Sites {
  /** Of this stack; undefined in a spoke's. */
  readonly hub: Site | undefined;
  /** Of this stack. */
  readonly spokes: readonly Site[];
  /** Spokes of other stacks that the hub of this one admits. */
  readonly partners: readonly Peer[];
  /** The hub of another stack. */
  readonly hubElsewhere: HubElsewhere | undefined;
}

/**
 * Derives every site of the stack.
 * @param hubDescriptor of the hub, in a spoke's stack
 * @param ownAuthority PEM of the stack's authority. Default: partners' authorities count as others
 */
export function sitesOf(topology: Topology, hubDescriptor?: SiteDescriptor, ownAuthority?: string): Sites {
  const own = [...(topology.hub ? [topology.hub] : []), ...topology.spokes];
  const indexes = assignPortIndexes(own, topology.portOffset);
  const ownHost = topology.advertiseAddress ?? publicHost;
  const site = (instance: InstanceConfig): Omit<Site, "members"> => {
    const portIndex = indexes.get(instance.code)!;
    const ports = portsOf(portIndex, topology.portOffset);
    const instanceName = `${topology.namePrefix}${instance.role === "hub" ? "dive-hub" : `dive-spoke-${instance.code.toLowerCase()}`}`;
    return {
      ...peer(
        {
          code: instance.code,
          role: instance.role,
          instanceName,
          backendUrl: `https://${ownHost}:${ports.backend}`,
          kasUrl: `https://${ownHost}:${ports.kas}`,
          keycloakUrl: `https://${ownHost}:${ports.keycloak}`,
        },
        ownHost,
      ),
      portIndex,
      ports,
      portOffset: topology.portOffset,
      stack: topology.stack,
      root: topology.root,
      namePrefix: topology.namePrefix,
      publicHost: ownHost,
      bindAddresses: publishedOn(topology),
      networkOctet: 64 + topology.portOffset / 1000,
      policy: instance.policy ?? { authentication: {} },
    };
  };
  const all = own.map(site);
  const authorityOf = ({ caCertificate }: SiteDescriptor) => (caCertificate.trim() === ownAuthority?.trim() ? {} : { caCertificate });
  const partners = topology.partners.map((descriptor) => ({ ...peer(descriptor, ownHost), ...authorityOf(descriptor) }));
  const hubElsewhere = hubDescriptor && { ...elsewhere(hubDescriptor, ownHost), ...authorityOf(hubDescriptor) };
  const known = [...(hubElsewhere?.members ?? []), ...all, ...partners].map(({ code, role, issuer }) => ({ code, role, issuer }));
  const members = inOrder([...new Map(known.map((member) => [member.code, member])).values()]);
  const complete = all.map((one) => ({ ...one, members }));
  return {
    hub: complete.find(({ role }) => role === "hub"),
    spokes: complete.filter(({ role }) => role === "spoke"),
    partners,
    hubElsewhere,
  };
}

/** The hub first, then by code: the same list whoever makes it. */
function inOrder(members: readonly Member[]): Member[] {
  return [...members].sort((a, b) => Number(b.role === "hub") - Number(a.role === "hub") || (a.code < b.code ? -1 : 1));
}

/** All that follows from public bases and container names, as instances with the public host `ownHost` reach it. */
function peer({ code, role, instanceName, backendUrl, kasUrl, keycloakUrl, exchangeUrl }: Pick<SiteDescriptor, "code" | "role" | "instanceName" | "backendUrl" | "kasUrl" | "keycloakUrl" | "exchangeUrl">, ownHost: string): Peer {
  const realm = realmOf(code);
  const near = (service: "keycloak" | "backend", base: string) => (isSameHost(base, ownHost) ? `https://${instanceName}-${service}:${containerPorts[service]}` : base);
  const keycloakInternalUrl = near("keycloak", keycloakUrl);
  return {
    code,
    role,
    instanceName,
    backendUrl,
    backendInternalUrl: near("backend", backendUrl),
    // A partner that is elsewhere and has none is refused (partner-rules.ts).
    exchangeInternalUrl: isSameHost(backendUrl, ownHost) ? `https://${instanceName}-backend:${containerPorts.backendExchange}` : exchangeUrl!,
    kasUrl,
    keycloakUrl,
    keycloakInternalUrl,
    realm,
    clientId: realm,
    issuer: `${keycloakUrl}/realms/${realm}`,
    realmInternalUrl: `${keycloakInternalUrl}/realms/${realm}`,
    brokerAlias: `${code.toLowerCase()}-idp`,
  };
}

function elsewhere({ blacklistUrl, sharedNetwork, members, ...descriptor }: SiteDescriptor, ownHost: string): HubElsewhere {
  const near = isSameHost(descriptor.backendUrl, ownHost);
  return {
    ...peer(descriptor, ownHost),
    blacklistBase: near ? blacklistBase(descriptor) : blacklistUrl!,
    sharedNetwork: near ? sharedNetwork! : undefined,
    members: members!,
  };
}

/** Whether an instance with this public base is on the Docker host whose stacks have the public host `ownHost`: each host has one. */
export function isSameHost(publicBase: string, ownHost: string): boolean {
  return new URL(publicBase).hostname === ownHost;
}

/** Whether what only partners on other Docker hosts need is published. */
export function isAdvertised({ publicHost: host }: Pick<Site, "publicHost">): boolean {
  return host !== publicHost;
}

/** The port of the hub's blacklist, published only where {@link isAdvertised}. */
export function blacklistPort({ portOffset }: Pick<Site, "portOffset">): number {
  return sharedPorts.blacklistRedis + portOffset;
}

/** What a site tells its partners of itself. @param caCertificate of its own authority, PEM */
export function descriptorOf(site: Site, caCertificate: string): SiteDescriptor {
  const { code, role, backendUrl, kasUrl, keycloakUrl, issuer, instanceName, members } = site;
  const exchange = isAdvertised(site) ? { exchangeUrl: `https://${site.publicHost}:${site.ports.exchange}` } : {};
  const common = { code, role, backendUrl, kasUrl, keycloakUrl, ...exchange, issuer, instanceName, caCertificate };
  if (role === "spoke") return common;
  return { ...common, blacklistUrl: `rediss://${site.publicHost}:${blacklistPort(site)}`, sharedNetwork: sharedNetworkName(site), members };
}

/** A service's container name, which is also its DNS name on the instance's networks. */
export function hostOf(site: Site, service: ServiceName): string {
  return `${site.instanceName}-${service}`;
}

/** Name of the network that joins the instances of a Docker host. */
export function sharedNetworkName(site: Site): string {
  return `${site.namePrefix}dive-shared`;
}

/**
 * An explicit subnet, since Docker's default pools end at about 30 networks. `10.<64 + portOffset/1000>.<port index>.0/24` for an instance;
 * the last one, 255, is the shared network's.
 */
export function subnetOf(site: Site, network: "private" | "shared"): string {
  return `10.${site.networkOctet}.${network === "private" ? site.portIndex : 255}.0/24`;
}

/** Base of the hub's blacklist between containers. */
export function blacklistBase(hub: Pick<Peer, "instanceName">): string {
  return `rediss://${hub.instanceName}-blacklist-redis:${containerPorts.redis}`;
}

/** Where an instance finds the hub's revocations; `origin` is its user name there. */
export function blacklistUrl(base: string, origin: Peer): string {
  return base.replace("rediss://", `rediss://${blacklistUser(origin)}@`);
}

/** Common name of the certificate by which a backend is known to others. */
export function backendClientName({ instanceName }: Pick<Peer, "instanceName">): string {
  return `${instanceName}-backend-client`;
}

/** Client id at which an instance's administrators sign in. */
export function adminClientOf(site: Site): string {
  return `${site.clientId}-administration`;
}

/** Where an instance's Keycloak says that a session of its realm has ended, whichever client it was of. */
export function backchannelLogoutUrl(own: Site): string {
  return `${own.backendInternalUrl}/api/auth/backchannel-logout`;
}

/** Everyone who writes to the blacklist, as the services read it: lower-case codes with the issuers of their realms. */
export function revocationFederation({ members }: Pick<Site, "members">): string {
  const origins = members.map(({ code, issuer }) => ({ origin: code.toLowerCase(), issuer }));
  return JSON.stringify({ hub: members.find(({ role }) => role === "hub")!.code.toLowerCase(), origins });
}

/** The ACL user, key prefix, stream and channel name of an origin on the blacklist. */
export function blacklistUser(origin: Pick<Peer, "code">): string {
  return origin.code.toLowerCase();
}
