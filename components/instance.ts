/** What a hub and a spoke have in common: the whole set of services, the realm, and the wait until all of it is healthy. */
import * as pulumi from "@pulumi/pulumi";
import * as docker from "@pulumi/docker";
import type * as keycloak from "@pulumi/keycloak";
import type { CertificateAuthority } from "../config.ts";
import { HealthCheck } from "../dynamic/health-check/resource.ts";
import { makeAdministrators } from "./administrators.ts";
import { subnetOf, type Peer, type Site } from "./endpoints.ts";
import type { ImageSet } from "./image-set.ts";
import { labelsFor } from "./labels.ts";
import { makeBackend, type BlacklistAccess } from "./parts/backend.ts";
import type { PartContext } from "./parts/context.ts";
import { adminClientId, makeKeycloak } from "./parts/keycloak.ts";
import { makeKas } from "./parts/kas.ts";
import { makeMongodb } from "./parts/mongodb.ts";
import { makeOpa } from "./parts/opa.ts";
import { makePostgres, type OrchestrationPart } from "./parts/postgres.ts";
import { makeRedis } from "./parts/redis.ts";
import { makeProbeUser, probePassword, probeUsername, type ProbeUser } from "./probe-user.ts";
import { DiveRealm } from "./realm.ts";
import { introspectionSecret, makeResourceServer } from "./resource-server.ts";
import { makeTestUsers, type TestUser } from "./test-users.ts";
import type { NamedNetwork } from "./workload.ts";

/** Arguments of {@link Instance}. */
export interface InstanceArgs {
  readonly site: Site;
  readonly authority: CertificateAuthority;
  readonly images: ImageSet["ids"];
  /** Undefined where no other instance is on this Docker host. */
  readonly sharedNetwork: NamedNetwork | undefined;
  readonly blacklist: BlacklistAccess;
  /** The instances that this one is linked with: a spoke with the hub, the hub with every spoke. */
  readonly partners: readonly Peer[];
  /** Make test users. Default: false. */
  readonly seedTestUsers?: boolean;
  /** Seconds from one check of the links to the next, 5-30. Default 30. */
  readonly linkProbeSeconds?: number | undefined;
}

/** Keycloak, PostgreSQL, MongoDB, Redis, OPA and the backend of one code, on a network of their own. */
export class Instance extends pulumi.ComponentResource {
  readonly site: Site;
  readonly realm: DiveRealm;
  /** Provider of the instance's Keycloak, for what others configure in its realm. */
  readonly keycloakProvider: keycloak.Provider;
  readonly keycloakContainer: docker.Container;
  readonly adminClientSecret: pulumi.Output<string>;
  readonly users: Readonly<Record<string, TestUser>>;
  /** By whom links are verified. */
  readonly probeUser: ProbeUser;
  /** The instance's record, and how to sign in to it. */
  readonly orchestration: OrchestrationPart;
  readonly privateNetwork: docker.Network;
  /** Of the user `monitor` on the instance's Redis. */
  readonly redisMonitorPassword: pulumi.Output<string>;
  /** Owner of what lives in PostgreSQL. */
  readonly dataVolume: docker.Volume;
  /** Owner of what lives in MongoDB. */
  readonly registryVolume: docker.Volume;

  constructor(name: string, args: InstanceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:Instance", name, {}, opts);
    this.site = args.site;
    this.privateNetwork = new docker.Network(
      `${name}-network`,
      { name: args.site.instanceName, ipamConfigs: [{ subnet: subnetOf(args.site, "private") }], labels: labelsFor(args.site, "network") },
      { parent: this, deleteBeforeReplace: true },
    );
    const context: PartContext = {
      site: args.site,
      name,
      authority: args.authority,
      images: args.images,
      privateNetwork: this.privateNetwork,
      sharedNetwork: args.sharedNetwork,
      parent: this,
    };
    const postgres = makePostgres(context);
    const redis = makeRedis(context);
    this.redisMonitorPassword = redis.monitorPassword;
    const mongodb = makeMongodb(context);
    const opa = makeOpa(context);
    const keycloakPart = makeKeycloak(context, postgres, args.partners);
    const kas = makeKas(context, { redisPassword: redis.password, blacklist: args.blacklist, partners: args.partners });
    this.orchestration = postgres.orchestration;
    this.dataVolume = postgres.workload.dataVolume!;
    this.registryVolume = mongodb.dataVolume!;
    this.probeUser = { username: probeUsername, password: probePassword(name, { parent: this }) };
    const introspection = introspectionSecret(name, { parent: this });
    const backend = makeBackend(context, {
      redisPassword: redis.password, blacklist: args.blacklist, orchestration: postgres.orchestration.service, probeUser: this.probeUser, introspectionSecret: introspection, partners: args.partners,
      linkProbeSeconds: args.linkProbeSeconds,
    });

    this.keycloakProvider = keycloakPart.provider;
    this.keycloakContainer = keycloakPart.workload.container;
    this.adminClientSecret = keycloakPart.adminClientSecret;
    this.realm = new DiveRealm(
      `${name}-realm`,
      { site: args.site, dataVolume: postgres.workload.dataVolume!, ready: keycloakPart.ready },
      { parent: this, providers: [keycloakPart.provider] },
    );
    makeProbeUser(name, args.site, this.realm, this.probeUser.password);
    makeResourceServer(name, this.realm, introspection);
    const administratorRole = makeAdministrators(name, args.site, this.realm);
    const access = { url: args.site.keycloakUrl, caCertificate: args.authority.certificatePem, adminClientId, adminClientSecret: keycloakPart.adminClientSecret };
    this.users = args.seedTestUsers ? makeTestUsers(name, args.site, this.realm, access, administratorRole) : {};

    new HealthCheck(
      `${name}-health`,
      {
        url: `${args.site.backendUrl}/health/detailed`,
        caCertificate: args.authority.certificatePem,
        triggers: [backend, kas, redis.workload, mongodb, opa, keycloakPart.workload, postgres.workload].map((workload) => workload.container.id),
      },
      // The backend fetches its realm's keys, so it is healthy only once the realm is there.
      { parent: this, dependsOn: [this.realm, this.orchestration.ready] },
    );
    this.registerOutputs({ realm: this.realm });
  }
}
