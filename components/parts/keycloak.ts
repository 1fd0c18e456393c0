/** Keycloak of an instance: the server, its readiness, and the provider through which its realms are made. */
import * as pulumi from "@pulumi/pulumi";
import * as keycloak from "@pulumi/keycloak";
import { ServiceReady } from "../../dynamic/service-ready/resource.ts";
import { containerPorts, hostOf, type Peer } from "../endpoints.ts";
import { Workload } from "../workload.ts";
import { networksOf, serverCertificate, tlsFiles, type PartContext } from "./context.ts";
import { generatedPassword } from "./password.ts";
import type { PostgresPart } from "./postgres.ts";

/** The client that the program administers Keycloak with. */
export const adminClientId = "dive-pulumi";

/**
 * Seconds a first start may take until there is a realm to ask. Four Keycloaks that start at once on two cores, each on an empty database,
 * took longer than the default of 120.
 */
const START_LIMIT_SECONDS = 300;

/** The authorities of partners that have their own. */
const PARTNERS_FILE = "partners-ca.crt";

/** What other parts need of the server. */
export interface KeycloakPart {
  readonly workload: Workload;
  /** Complete when Keycloak may be configured; whatever is made in it depends on this. */
  readonly ready: ServiceReady;
  readonly adminClientSecret: pulumi.Output<string>;
  readonly provider: keycloak.Provider;
}

/** Makes the server on its database. @param partners whose Keycloaks it talks to: it reads whom it trusts at its start only, so an authority that is new restarts it */
export function makeKeycloak(context: PartContext, postgres: PostgresPart, partners: readonly Pick<Peer, "caCertificate">[]): KeycloakPart {
  const { site, name, parent } = context;
  const partnersAuthorities = [...new Set(partners.flatMap(({ caCertificate }) => caCertificate?.trim() ?? []))].sort();
  const adminClientSecret = generatedPassword(`${name}-keycloak-admin-secret`, { parent });
  const workload = new Workload(
    `${name}-keycloak`,
    {
      site,
      service: "keycloak",
      image: context.images.keycloak,
      user: "1000:0",
      command: ["--config-file=/run/dive/keycloak.conf", "start", "--optimized"],
      files: {
        ...tlsFiles(context, serverCertificate(context, "keycloak")),
        "keycloak.conf": { content: configurationFile(context, postgres.keycloakPassword, adminClientSecret, partnersAuthorities.length > 0) },
        ...(partnersAuthorities.length === 0 ? {} : { [PARTNERS_FILE]: { content: `${partnersAuthorities.join("\n")}\n`, mode: "0644" } }),
      },
      tmpfs: { "/tmp": "size=128m,mode=1777", "/opt/keycloak/data": "size=64m,uid=1000,gid=0,mode=0770" },
      networks: networksOf(context),
      ports: [{ internal: containerPorts.keycloak, external: site.ports.keycloak }],
      memoryMib: 1360,
      health: {
        // bash, since neither base has curl and only bash opens sockets.
        test: ["CMD", "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9000 && printf 'GET /health/ready HTTP/1.0\\r\\n\\r\\n' >&3 && grep -q 'HTTP/1.[01] 200' <&3"],
        startPeriodSeconds: 120,
      },
      stopTimeoutSeconds: 20,
    },
    // The server migrates its database when it starts, so the database has to be there.
    { parent, dependsOn: [postgres.keycloakDatabase] },
  );
  const ready = new ServiceReady(
    `${name}-keycloak-ready`,
    {
      kind: "keycloak",
      url: site.keycloakUrl,
      expectedIssuer: `${site.keycloakUrl}/realms/master`,
      clientId: adminClientId,
      clientSecret: adminClientSecret,
      caCertificate: context.authority.certificatePem,
      timeoutSeconds: START_LIMIT_SECONDS,
      triggers: [workload.container.id],
    },
    { parent },
  );
  const provider = new keycloak.Provider(
    `${name}-keycloak-admin`,
    {
      // A known string: an Output here would make each later image upgrade unpreviewable.
      url: site.keycloakUrl,
      realm: "master",
      clientId: adminClientId,
      clientSecret: adminClientSecret,
      initialLogin: false,
      clientTimeout: 60,
      rootCaCertificate: context.authority.certificatePem,
    },
    // Not dependent on `ready`, so that the plugin starts meanwhile: it signs in with the first resource, and those depend.
    { parent },
  );
  return { workload, ready, adminClientSecret, provider };
}

/** `keycloak.conf`: the one place for its secrets, so that none shows in the container's environment or command. */
function configurationFile({ site }: PartContext, databasePassword: pulumi.Input<string>, adminClientSecret: pulumi.Input<string>, hasPartnersAuthorities: boolean): pulumi.Output<string> {
  const databaseUrl = `jdbc:postgresql://${hostOf(site, "postgres")}:${containerPorts.postgres}/keycloak?sslmode=verify-full&sslrootcert=/run/dive/ca.crt`;
  return pulumi.interpolate`db-url=${databaseUrl}
db-username=keycloak
db-password=${databasePassword}
bootstrap-admin-client-id=${adminClientId}
bootstrap-admin-client-secret=${adminClientSecret}
hostname=${site.keycloakUrl}
hostname-backchannel-dynamic=true
http-enabled=false
https-port=${containerPorts.keycloak}
https-certificate-file=/run/dive/tls.crt
https-certificate-key-file=/run/dive/tls.key
https-certificates-reload-period=1m
truststore-paths=/run/dive/ca.crt${hasPartnersAuthorities ? `,/run/dive/${PARTNERS_FILE}` : ""}
log-console-output=json
log-level=INFO,io.smallrye.health:off
`;
}
