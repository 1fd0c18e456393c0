/** Configuration to components to stack outputs. */
import * as pulumi from "@pulumi/pulumi";
import { type CertificateAuthority, loadCertificateAuthority, loadTopology } from "./config.ts";
import { blacklistPasswordHash } from "./components/blacklist-redis.ts";
import { blacklistBase, descriptorOf, sitesOf, type Site } from "./components/endpoints.ts";
import { FederationLink } from "./components/federation-link.ts";
import { HubLinkSide, SpokeLinkSide } from "./components/federation-link-side.ts";
import { Hub } from "./components/hub.ts";
import { ImageSet } from "./components/image-set.ts";
import { MonitoringStack } from "./components/monitoring-stack.ts";
import { monitoringSiteOf } from "./components/monitoring/endpoints.ts";
import { adminClientId } from "./components/parts/keycloak.ts";
import { requireReachable } from "./components/partner-rules.ts";
import { hubDescriptorOf } from "./components/partner-stack.ts";
import { generatedPassword } from "./components/parts/password.ts";
import { Spoke } from "./components/spoke.ts";
import { INSTANCE_IMAGES } from "./images.ts";
import type { SiteDescriptor } from "./partner-config.ts";
import type { Providers } from "./providers.ts";

type Descriptors = Record<string, { [Key in keyof SiteDescriptor]: pulumi.Input<SiteDescriptor[Key]> }>;

/** Each site's password on the blacklist. */
const blacklistPasswordOf = ({ code }: Site, { random }: Providers) => generatedPassword(`blacklist-password-${code.toLowerCase()}`, { provider: random });

/** What partners' stacks need to know of each site: public values only. */
function descriptorsOf(sites: readonly Site[], authority: CertificateAuthority, passwordSha256Of: (site: Site) => pulumi.Output<string>): Descriptors {
  return Object.fromEntries(
    sites.map((site) => [site.code, { ...descriptorOf(site, authority.certificatePem), ...(site.role === "spoke" ? { blacklistPasswordSha256: passwordSha256Of(site) } : {}) }]),
  );
}

/**
 * Makes of a spoke's stack only what its descriptor waits for, its password on the blacklist: the hub admits the spoke by it before the
 * spoke comes up. Nothing else is registered, so this is run with `--target`. @returns the output `descriptors`
 */
export function deployDescriptors(started: Providers): { descriptors: Descriptors } {
  const { spokes } = sitesOf(loadTopology());
  return { descriptors: descriptorsOf(spokes, loadCertificateAuthority(), (site) => blacklistPasswordHash(blacklistPasswordOf(site, started))) };
}

/** Makes everything that the configuration describes. @returns the stack's outputs */
export async function deploy(started: Providers) {
  const topology = loadTopology();
  const { seedTestUsers, linkCircuit, linkProbeSeconds } = topology;
  const authority = loadCertificateAuthority();
  const hubDescriptor = topology.hubElsewhere && (await hubDescriptorOf(topology.hubElsewhere));
  requireReachable({ ...(hubDescriptor ? { hub: hubDescriptor } : {}), ...Object.fromEntries(topology.partners.map((partner, i) => [`partners[${i}]`, partner])) }, topology.advertiseAddress);
  const sites = sitesOf(topology, hubDescriptor, authority.certificatePem);

  const providers = Object.values(started);
  const { ids: images } = new ImageSet("image", INSTANCE_IMAGES, { providers });
  const common = { authority, images, seedTestUsers, linkProbeSeconds };

  const own = [...(sites.hub ? [sites.hub] : []), ...sites.spokes];
  const passwords = new Map(own.map((site) => [site.code, blacklistPasswordOf(site, started)]));
  const passwordOf = (site: Site) => passwords.get(site.code)!;
  const passwordSha256Of = (site: Site) => blacklistPasswordHash(passwordOf(site));

  const hub =
    sites.hub &&
    new Hub(
      "hub",
      {
        ...common,
        site: sites.hub,
        blacklistPassword: passwordOf(sites.hub),
        blacklistOrigins: [
          ...own.map((site) => ({ site, passwordSha256: passwordSha256Of(site) })),
          ...topology.partners.map(({ code, blacklistPasswordSha256 }) => ({ site: sites.partners.find((partner) => partner.code === code)!, passwordSha256: blacklistPasswordSha256! })),
        ],
      },
      { providers },
    );
  const spokes = sites.spokes.map((site) => {
    const atHub = sites.hubElsewhere
      ? { hub: sites.hubElsewhere, blacklistBase: sites.hubElsewhere.blacklistBase, sharedNetwork: sites.hubElsewhere.sharedNetwork === undefined ? undefined : { name: sites.hubElsewhere.sharedNetwork } }
      : { hub: sites.hub!, blacklistBase: blacklistBase(sites.hub!), sharedNetwork: hub!.sharedNetwork };
    return new Spoke(`spoke-${site.code.toLowerCase()}`, { ...common, ...atHub, site, blacklistPassword: passwordOf(site) }, { providers });
  });

  const linkName = ({ code }: { code: string }) => `link-${code.toLowerCase()}`;
  for (const { instance: spoke } of spokes) {
    if (sites.hubElsewhere) new SpokeLinkSide(linkName(spoke.site), { spoke, hub: sites.hubElsewhere, authority, linkCircuit }, { providers });
    else new FederationLink(linkName(spoke.site), { hub: hub!.instance, spoke, authority, federationAdmin: hub!.federationAdmin, linkCircuit }, { providers });
  }
  for (const spoke of sites.partners) new HubLinkSide(linkName(spoke), { hub: hub!.instance, spoke, authority, federationAdmin: hub!.federationAdmin, linkCircuit }, { providers });

  const all = [...(hub ? [hub.instance] : []), ...spokes.map((spoke) => spoke.instance)];
  const monitoring = hub && topology.monitoring && new MonitoringStack(
    "monitoring",
    {
      site: monitoringSiteOf(topology),
      config: topology.monitoring,
      instances: all.map(({ site, privateNetwork, orchestration: { reader }, redisMonitorPassword }) => ({ site, privateNetwork, orchestrationReader: reader, redisMonitorPassword })),
      blacklistMonitorPassword: hub.blacklistMonitorPassword,
      authority,
      sharedNetwork: hub.sharedNetwork,
    },
    { providers },
  );
  const byCode = <T>(value: (instance: (typeof all)[number]) => T) => Object.fromEntries(all.map((instance) => [instance.site.code, value(instance)]));
  return {
    /** Addresses and names of each instance, by code. */
    instances: byCode(({ site }) => ({
      code: site.code,
      role: site.role,
      backendUrl: site.backendUrl,
      kasUrl: site.kasUrl,
      keycloakUrl: site.keycloakUrl,
      realm: site.realm,
      issuer: site.issuer,
      clientId: site.clientId,
    })),
    /** What partners' stacks need to know of each instance: public values only, and the same that `./dive spoke descriptor` prints. */
    descriptors: descriptorsOf(own, authority, passwordSha256Of),
    /** Codes of the linked instances of other stacks. */
    partners: [...sites.partners, ...(sites.hubElsewhere ? [sites.hubElsewhere] : [])].map(({ code }) => code),
    /** Authorities (PEM) of those of them whose certificates come from others than this stack's, by code. */
    partnersAuthorities: Object.fromEntries([...sites.partners, ...(sites.hubElsewhere ? [sites.hubElsewhere] : [])].flatMap(({ code, caCertificate }) => (caCertificate === undefined ? [] : [[code, caCertificate]]))) as Record<string, string>,
    /** Test users with their passwords, by code; secret. */
    users: pulumi.secret(byCode(({ users }) => users)),
    /** The client that administers each Keycloak, by code; secret. */
    keycloakAdmin: pulumi.secret(byCode(({ adminClientSecret }) => ({ clientId: adminClientId, clientSecret: adminClientSecret }))),
    /** The probe user of each realm, by code; secret. */
    probeUsers: pulumi.secret(byCode(({ probeUser }) => probeUser)),
    /** How to sign in to each instance's orchestration database, by code; secret. */
    orchestration: pulumi.secret(byCode(({ orchestration: { ready: _ready, ...access } }) => access)),
    /** Where the monitoring stack is, and its login if it has one; secret. Absent without one. */
    ...(monitoring ? { monitoringAccess: pulumi.secret(monitoring.access) } : {}),
  };
}
