/** How A reaches B: the one place that knows container names, public bases and realm addresses. */
import type { InstanceConfig, Topology } from "../config.ts";
import type { PolicyConfig } from "../policy-config.ts";
import { assignPortIndexes, portsOf, type InstancePorts } from "./ports.ts";

/** The parts of an instance, by the name that their containers carry. */
export type ServiceName = "postgres" | "keycloak" | "redis" | "mongodb" | "opa" | "backend" | "kas" | "blacklist-redis";

/** The ports inside the containers. */
export const containerPorts = { postgres: 5432, keycloak: 8443, keycloakManagement: 9000, redis: 6379, mongodb: 27017, opa: 8181, backend: 4000, backendExchange: 4001, kas: 9000 } as const;

/** Everything about an instance that follows from the topology alone: names and addresses, all known at preview. */
export interface Site {
  readonly code: string;
  readonly role: InstanceConfig["role"];
  /** `dive-hub` or `dive-spoke-<code>`, with the stack's prefix: first part of each container's name. */
  readonly instanceName: string;
  readonly portIndex: number;
  readonly ports: InstancePorts;
  readonly stack: string;
  readonly root: string;
  readonly namePrefix: string;
  readonly bindAddress: string;
  /** Second octet of the stack's networks, see {@link subnetOf}. */
  readonly networkOctet: number;
  /** Public base of the backend, e.g. `https://localhost:4000`. */
  readonly backendUrl: string;
  /** Base of the backend between containers. */
  readonly backendInternalUrl: string;
  /** Where the backend hands resources to partners' backends, by client certificates; not published. */
  readonly exchangeInternalUrl: string;
  /** Public base of the key access service, e.g. `https://localhost:9000`. */
  readonly kasUrl: string;
  /** Public base of Keycloak, e.g. `https://localhost:8443`. */
  readonly keycloakUrl: string;
  /** Base of Keycloak between containers. */
  readonly keycloakInternalUrl: string;
  readonly realm: string;
  /** The application's client; also the client under which a partner knows this realm. */
  readonly clientId: string;
  /** Always the public one, on every path. */
  readonly issuer: string;
  /** The realm's address between containers. */
  readonly realmInternalUrl: string;
  /** Alias under which partners list this realm as identity provider. */
  readonly brokerAlias: string;
  /** Every instance of the federation, this one included. */
  readonly members: readonly Member[];
  readonly policy: PolicyConfig;
}

/** Where a container, network or volume belongs: what its name, labels and published ports follow from. */
export type Placement = Pick<Site, "code" | "instanceName" | "stack" | "root" | "bindAddress">;

/** An instance of the federation as the others know it. */
export interface Member {
  readonly code: string;
  readonly role: InstanceConfig["role"];
  readonly issuer: string;
}

/** The audience that a realm's backend accepts. */
export const backendAudience = "dive-v3-backend";

/** The host name of every public base, and on which the machine that runs the program reaches published ports. */
export const publicHost = "localhost";

/** Derives every site of the stack, the hub first. */
export function sitesOf(topology: Topology): { hub: Site; spokes: Site[] } {
  const indexes = assignPortIndexes([topology.hub, ...topology.spokes], topology.portOffset);
  const site = (instance: InstanceConfig): Omit<Site, "members"> => {
    const code = instance.code.toLowerCase();
    const portIndex = indexes.get(instance.code)!;
    const ports = portsOf(portIndex, topology.portOffset);
    const instanceName = `${topology.namePrefix}${instance.role === "hub" ? "dive-hub" : `dive-spoke-${code}`}`;
    const realm = `dive-v3-broker-${code}`;
    const keycloakUrl = `https://${publicHost}:${ports.keycloak}`;
    const keycloakInternalUrl = `https://${instanceName}-keycloak:${containerPorts.keycloak}`;
    return {
      code: instance.code,
      role: instance.role,
      instanceName,
      portIndex,
      ports,
      stack: topology.stack,
      root: topology.root,
      namePrefix: topology.namePrefix,
      bindAddress: topology.bindAddress,
      networkOctet: 64 + topology.portOffset / 1000,
      backendUrl: `https://${publicHost}:${ports.backend}`,
      backendInternalUrl: `https://${instanceName}-backend:${containerPorts.backend}`,
      exchangeInternalUrl: `https://${instanceName}-backend:${containerPorts.backendExchange}`,
      kasUrl: `https://${publicHost}:${ports.kas}`,
      keycloakUrl,
      keycloakInternalUrl,
      realm,
      clientId: realm,
      issuer: `${keycloakUrl}/realms/${realm}`,
      realmInternalUrl: `${keycloakInternalUrl}/realms/${realm}`,
      brokerAlias: `${code}-idp`,
      policy: instance.policy ?? { authentication: {} },
    };
  };
  const all = [topology.hub, ...topology.spokes].map(site);
  const members = all.map(({ code, role, issuer }) => ({ code, role, issuer }));
  const [hub, ...spokes] = all.map((one) => ({ ...one, members }));
  return { hub: hub!, spokes };
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

/** Where a spoke's backend finds the hub's revocations; `origin` is its user name there. */
export function blacklistUrl(hub: Site, origin: Site): string {
  return `rediss://${blacklistUser(origin)}@${hostOf(hub, "blacklist-redis")}:${containerPorts.redis}`;
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
export function revocationFederation({ members }: Site): string {
  const origins = members.map(({ code, issuer }) => ({ origin: code.toLowerCase(), issuer }));
  return JSON.stringify({ hub: members.find(({ role }) => role === "hub")!.code.toLowerCase(), origins });
}

/** The ACL user, key prefix, stream and channel name of an origin on the blacklist. */
export function blacklistUser(origin: Site): string {
  return origin.code.toLowerCase();
}
