/** The key access service of an instance: opens content keys for whoever policy lets, with key pairs that never leave it. */
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { leafCertificate } from "../certificates.ts";
import { backendAudience, containerPorts, hostOf, revocationFederation, type Peer, type Site } from "../endpoints.ts";
import { liveFilesPath, Workload } from "../workload.ts";
import { blacklistTrust, type BlacklistAccess } from "./backend.ts";
import { networksOf, serverCertificate, tlsFiles, type PartContext } from "./context.ts";

/** Arguments of {@link makeKas}. */
export interface KasArgs {
  readonly redisPassword: pulumi.Output<string>;
  readonly blacklist: BlacklistAccess;
  /** The other instances of the federation whose realms' tokens it takes: the hub all, a spoke the hub. */
  readonly partners: readonly Peer[];
  /** How many generations of key pairs there are; the last is advertised, each opens what was sealed with it. Default: 1. */
  readonly keyGeneration?: number;
}

/** Makes the service. */
export function makeKas(context: PartContext, { redisPassword, blacklist, partners, keyGeneration = 1 }: KasArgs): Workload {
  const { site, name, parent } = context;
  const client = leafCertificate(
    `${name}-kas-client-tls`,
    { authority: context.authority, commonName: `${hostOf(site, "kas")}-client`, use: "client", dnsNames: [] },
    parent,
  );
  return new Workload(
    `${name}-kas`,
    {
      site,
      service: "kas",
      image: context.images.kas,
      user: "1000:0",
      environment: {
        INSTANCE_CODE: site.code,
        PORT: `${containerPorts.kas}`,
        TLS_CERT_FILE: "/run/dive/tls.crt",
        TLS_KEY_FILE: "/run/dive/tls.key",
        CA_FILE: "/run/dive/ca.crt",
        CLIENT_CERT_FILE: "/run/dive/client.crt",
        CLIENT_KEY_FILE: "/run/dive/client.key",
        PUBLIC_URL: site.kasUrl,
        KEYSET_FILE: "/run/dive/keyset.json",
        TRUSTED_ISSUERS_FILE: `${liveFilesPath}/trusted-issuers.json`,
        OIDC_AUDIENCE: backendAudience,
        MONGODB_URL: `mongodb://${hostOf(site, "mongodb")}:${containerPorts.mongodb}/dive-v3`,
        OPA_URL: `https://${hostOf(site, "opa")}:${containerPorts.opa}`,
        REDIS_URL: `rediss://${hostOf(site, "redis")}:${containerPorts.redis}`,
        REDIS_PASSWORD_FILE: "/run/dive/redis-password",
        BLACKLIST_REDIS_URL: blacklist.url,
        REDIS_PASSWORD_BLACKLIST_FILE: "/run/dive/blacklist-password",
        ...blacklistTrust(blacklist).environment,
        REVOCATION_FEDERATION_FILE: `${liveFilesPath}/revocation-federation.json`,
        ALLOWED_ORIGINS_FILE: `${liveFilesPath}/allowed-origins.json`,
      },
      files: {
        ...tlsFiles(context, serverCertificate(context, "kas")),
        "client.crt": { content: client.certificatePem, mode: "0644" },
        "client.key": { content: client.keyPem },
        "redis-password": { content: redisPassword },
        "blacklist-password": { content: blacklist.password },
        ...blacklistTrust(blacklist).files,
        "keyset.json": { content: makeKeyset(context, keyGeneration) },
      },
      // Who the partners are is followed: a spoke that joins or leaves restarts nobody.
      liveFiles: {
        "trusted-issuers.json": { content: JSON.stringify(trustedIssuers(site, partners)) },
        "revocation-federation.json": { content: revocationFederation(site) },
        "allowed-origins.json": { content: JSON.stringify([site, ...partners].map(({ backendUrl }) => backendUrl)) },
      },
      tmpfs: { "/tmp": "size=16m,mode=1777" },
      networks: networksOf(context),
      ports: [{ internal: containerPorts.kas, external: site.ports.kas }],
      memoryMib: 192,
    },
    { parent },
  );
}

/**
 * The realms whose tokens the KAS takes, the own first, and whose people each may vouch for. The own realm's brokers are
 * ours, so it may vouch for everybody; the hub brokers everybody; a spoke may vouch for its own people only.
 */
export function trustedIssuers(site: Site, partners: readonly Peer[]) {
  const everybody = site.members.map(({ code }) => code).sort();
  return [site, ...partners].map((one) => ({
    issuer: one.issuer,
    jwksUrl: `${one.realmInternalUrl}/protocol/openid-connect/certs`,
    country: one.code,
    countries: one === site || one.role === "hub" ? everybody : [one.code],
    ca: one.caCertificate,
  }));
}

/** The key pairs, two of each generation, as the file that the service reads. They lie encrypted in the state. */
function makeKeyset({ name, site, parent }: PartContext, generations: number): pulumi.Output<string> {
  const keys = Array.from({ length: generations }, (_, index) => index + 1).flatMap((generation) => {
    const rsa = new tls.PrivateKey(`${name}-kas-rsa-${generation}`, { algorithm: "RSA", rsaBits: 2048 }, { parent });
    const ec = new tls.PrivateKey(`${name}-kas-ec-${generation}`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, { parent });
    const kid = (kind: string) => `${site.code.toLowerCase()}-${kind}-${generation}`;
    return [
      { kid: kid("rsa"), algorithm: "rsa:2048", generation, privateKey: rsa.privateKeyPemPkcs8 },
      { kid: kid("ec"), algorithm: "ec:secp256r1", generation, privateKey: ec.privateKeyPemPkcs8 },
    ];
  });
  return pulumi.secret(pulumi.jsonStringify({ keys }));
}
