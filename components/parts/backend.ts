/** The backend of an instance: the only service that talks to every other part. */
import type * as pulumi from "@pulumi/pulumi";
import { leafCertificate } from "../certificates.ts";
import { adminClientOf, backendAudience, backendClientName, containerPorts, hostOf, isAdvertised, revocationFederation, type Peer } from "../endpoints.ts";
import type { BlacklistUsers } from "../blacklist-redis.ts";
import type { ProbeUser } from "../probe-user.ts";
import { filesPath, liveFilesPath, Workload, type WorkloadFile } from "../workload.ts";
import { networksOf, serverCertificate, tlsFiles, type PartContext } from "./context.ts";

/** How an instance reaches the blacklist Redis. */
export interface BlacklistAccess {
  /** `rediss://<origin>@<host>:<port>`. */
  readonly url: string;
  readonly password: pulumi.Output<string>;
  /** PEM of the authority of its certificate. Default: the stack's. */
  readonly caCertificate?: string | undefined;
  /** The hub's only: its backend has the blacklist read its users again when they change. */
  readonly users?: BlacklistUsers;
}

/** What a service needs to trust a blacklist whose authority is not the stack's. */
export function blacklistTrust({ caCertificate }: BlacklistAccess): { readonly environment: Record<string, string>; readonly files: Record<string, WorkloadFile> } {
  if (caCertificate === undefined) return { environment: {}, files: {} };
  return { environment: { BLACKLIST_CA_FILE: `${filesPath}/blacklist-ca.crt` }, files: { "blacklist-ca.crt": { content: caCertificate, mode: "0644" } } };
}

/** What the backend signs in with elsewhere. */
export interface BackendAccess {
  readonly redisPassword: pulumi.Output<string>;
  readonly blacklist: BlacklistAccess;
  /** The service role of the database `orchestration`. */
  readonly orchestration: { readonly username: string; readonly password: pulumi.Output<string> };
  /** The realm's probe user, by which the backend verifies links. */
  readonly probeUser: ProbeUser;
  /** Secret of the client as which the backend asks the realm about tokens. */
  readonly introspectionSecret: pulumi.Output<string>;
  /** The linked instances, with which resources are exchanged. */
  readonly partners: readonly Peer[];
  /** Seconds from one check of the links to the next, 5-30. Default 30. */
  readonly linkProbeSeconds?: number | undefined;
}

/** Makes the service. */
export function makeBackend(context: PartContext, { redisPassword, blacklist, orchestration, probeUser, introspectionSecret, partners, linkProbeSeconds }: BackendAccess): Workload {
  const { site, name, parent } = context;
  const client = leafCertificate(
    `${name}-backend-client-tls`,
    { authority: context.authority, commonName: backendClientName(site), use: "client", dnsNames: [] },
    parent,
  );
  return new Workload(
    `${name}-backend`,
    {
      site,
      service: "backend",
      image: context.images.backend,
      user: "1000:0",
      environment: {
        INSTANCE_CODE: site.code,
        PORT: `${containerPorts.backend}`,
        EXCHANGE_PORT: `${containerPorts.backendExchange}`,
        TLS_CERT_FILE: "/run/dive/tls.crt",
        TLS_KEY_FILE: "/run/dive/tls.key",
        CA_FILE: "/run/dive/ca.crt",
        CLIENT_CERT_FILE: "/run/dive/client.crt",
        CLIENT_KEY_FILE: "/run/dive/client.key",
        PUBLIC_URL: site.backendUrl,
        OIDC_ISSUER: site.issuer,
        OIDC_JWKS_URL: `${site.realmInternalUrl}/protocol/openid-connect/certs`,
        OIDC_AUDIENCE: backendAudience,
        OIDC_INTROSPECTION_URL: `${site.realmInternalUrl}/protocol/openid-connect/token/introspect`,
        OIDC_INTROSPECTION_SECRET_FILE: "/run/dive/introspection-secret",
        OIDC_CLIENT_ID: site.clientId,
        KEYCLOAK_URL: site.keycloakInternalUrl,
        KEYCLOAK_MANAGEMENT_URL: `http://${hostOf(site, "keycloak")}:${containerPorts.keycloakManagement}`,
        MONGODB_URL: `mongodb://${hostOf(site, "mongodb")}:${containerPorts.mongodb}/dive-v3`,
        OPA_URL: `https://${hostOf(site, "opa")}:${containerPorts.opa}`,
        KAS_URL: `https://${hostOf(site, "kas")}:${containerPorts.kas}`,
        KAS_PUBLIC_URL: site.kasUrl,
        FEDERATION_PARTNERS_FILE: `${liveFilesPath}/federation-partners.json`,
        REDIS_URL: `rediss://${hostOf(site, "redis")}:${containerPorts.redis}`,
        REDIS_PASSWORD_FILE: "/run/dive/redis-password",
        BLACKLIST_REDIS_URL: blacklist.url,
        REDIS_PASSWORD_BLACKLIST_FILE: "/run/dive/blacklist-password",
        ...blacklistTrust(blacklist).environment,
        ...(blacklist.users ? { BLACKLIST_USERS_REVISION_FILE: `${liveFilesPath}/blacklist-users-revision` } : {}),
        REVOCATION_FEDERATION_FILE: `${liveFilesPath}/revocation-federation.json`,
        LOGOUT_CLIENT_IDS_FILE: `${liveFilesPath}/logout-client-ids.json`,
        ORCHESTRATION_DATABASE_URL: `postgresql://${orchestration.username}@${hostOf(site, "postgres")}:${containerPorts.postgres}/orchestration`,
        ORCHESTRATION_DATABASE_PASSWORD_FILE: "/run/dive/orchestration-password",
        FEDERATION_PROBE_USERNAME: probeUser.username,
        FEDERATION_PROBE_PASSWORD_FILE: "/run/dive/probe-password",
        ...(linkProbeSeconds === undefined ? {} : { FEDERATION_PROBE_INTERVAL_S: `${linkProbeSeconds}` }),
      },
      files: {
        ...tlsFiles(context, serverCertificate(context, "backend")),
        "client.crt": { content: client.certificatePem, mode: "0644" },
        "client.key": { content: client.keyPem },
        "redis-password": { content: redisPassword },
        "blacklist-password": { content: blacklist.password },
        "orchestration-password": { content: orchestration.password },
        "introspection-secret": { content: introspectionSecret },
        "probe-password": { content: probeUser.password },
        ...blacklistTrust(blacklist).files,
      },
      // Who the partners are is followed: a spoke that joins or leaves restarts nobody.
      liveFiles: {
        "federation-partners.json": { content: JSON.stringify(partners.map((partner) => ({ code: partner.code, url: partner.exchangeInternalUrl, kasUrl: partner.kasUrl, clientName: backendClientName(partner), ca: partner.caCertificate }))) },
        "revocation-federation.json": { content: revocationFederation(site) },
        ...(blacklist.users ? { "blacklist-users-revision": { content: blacklist.users.revision } } : {}),
        "logout-client-ids.json": { content: JSON.stringify([adminClientOf(site), ...[site, ...partners].map(({ clientId }) => clientId)]) },
      },
      // What it tells the blacklist to read has to be there by then.
      ...(blacklist.users ? { liveFilesAfter: blacklist.users.written() } : {}),
      tmpfs: { "/tmp": "size=64m,mode=1777" },
      networks: networksOf(context),
      ports: [
        { internal: containerPorts.backend, external: site.ports.backend },
        ...(isAdvertised(site) ? [{ internal: containerPorts.backendExchange, external: site.ports.exchange }] : []),
      ],
      // 24 uploads at a time, as many as it takes, were seen to need 281 MiB.
      memoryMib: 384,
    },
    { parent },
  );
}
