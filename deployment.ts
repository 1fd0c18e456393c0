/** Configuration to components to stack outputs. */
import * as pulumi from "@pulumi/pulumi";
import { loadCertificateAuthority, loadTopology } from "./config.ts";
import { blacklistPasswordHash } from "./components/blacklist-redis.ts";
import { sitesOf, type Site } from "./components/endpoints.ts";
import { FederationLink } from "./components/federation-link.ts";
import { Hub } from "./components/hub.ts";
import { ImageSet } from "./components/image-set.ts";
import { MonitoringStack } from "./components/monitoring-stack.ts";
import { monitoringSiteOf } from "./components/monitoring/endpoints.ts";
import { adminClientId } from "./components/parts/keycloak.ts";
import { generatedPassword } from "./components/parts/password.ts";
import { Spoke } from "./components/spoke.ts";
import { INSTANCE_IMAGES } from "./images.ts";
import type { Providers } from "./providers.ts";

/** Makes everything that the configuration describes. @returns the stack's outputs */
export function deploy(started: Providers) {
  const { seedTestUsers, ...topology } = loadTopology();
  const authority = loadCertificateAuthority();
  const sites = sitesOf({ seedTestUsers, ...topology });

  const providers = Object.values(started);
  const { ids: images } = new ImageSet("image", INSTANCE_IMAGES, { providers });

  const origins = [sites.hub, ...sites.spokes].map((site) => {
    const password = generatedPassword(`blacklist-password-${site.code.toLowerCase()}`, { provider: started.random });
    return { site, password, passwordSha256: blacklistPasswordHash(password) };
  });
  const passwordOf = (site: Site) => origins.find((origin) => origin.site === site)!.password;

  const hub = new Hub(
    "hub",
    { site: sites.hub, authority, images, blacklistPassword: passwordOf(sites.hub), blacklistOrigins: origins, seedTestUsers },
    { providers },
  );
  const spokes = sites.spokes.map(
    (site) =>
      new Spoke(
        `spoke-${site.code.toLowerCase()}`,
        { site, hub: sites.hub, authority, images, sharedNetwork: hub.sharedNetwork, blacklistPassword: passwordOf(site), seedTestUsers },
        { providers },
      ),
  );
  for (const spoke of spokes) new FederationLink(`link-${spoke.instance.site.code.toLowerCase()}`, { hub: hub.instance, spoke: spoke.instance, authority, federationAdmin: hub.federationAdmin, linkCircuit: topology.linkCircuit }, { providers });

  const all = [hub.instance, ...spokes.map((spoke) => spoke.instance)];
  const monitoring = topology.monitoring && new MonitoringStack(
    "monitoring",
    {
      site: monitoringSiteOf({ seedTestUsers, ...topology }),
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
    /** Test users with their passwords, by code; secret. */
    users: pulumi.secret(byCode(({ users }) => users)),
    /** The client that administers each Keycloak, by code; secret. */
    keycloakAdmin: pulumi.secret(byCode(({ adminClientSecret }) => ({ clientId: adminClientId, clientSecret: adminClientSecret }))),
    /** The probe user of each realm, by code; secret. */
    probeUsers: pulumi.secret(byCode(({ probeUser }) => probeUser)),
    /** How to sign in to each instance's orchestration database, by code; secret. */
    orchestration: pulumi.secret(byCode(({ orchestration: { ready: _ready, ...access } }) => access)),
    /** Where the monitoring stack is, and its login if it has one; secret. Undefined without one. */
    monitoringAccess: monitoring && pulumi.secret(monitoring.access),
  };
}
