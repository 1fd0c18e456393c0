/** The hub: an instance, and what the federation has once: the shared network and the blacklist Redis. */
import * as pulumi from "@pulumi/pulumi";
import * as docker from "@pulumi/docker";
import type { CertificateAuthority } from "../config.ts";
import { BlacklistRedis, type BlacklistOrigin } from "./blacklist-redis.ts";
import { blacklistBase, blacklistUrl, sharedNetworkName, subnetOf, type Site } from "./endpoints.ts";
import { makeFederationAdmin, type FederationAdmin } from "./federation-admin.ts";
import type { ImageSet } from "./image-set.ts";
import { Instance } from "./instance.ts";
import { labelsFor } from "./labels.ts";

/** Arguments of {@link Hub}. */
export interface HubArgs {
  readonly site: Site;
  readonly authority: CertificateAuthority;
  readonly images: ImageSet["ids"];
  /** The hub's own password on the blacklist. */
  readonly blacklistPassword: pulumi.Output<string>;
  /** Everyone who may revoke, the hub included. */
  readonly blacklistOrigins: readonly BlacklistOrigin[];
  /** Make test users. Default: false. */
  readonly seedTestUsers?: boolean;
  /** Seconds from one check of the links to the next, 5-30. Default 30. */
  readonly linkProbeSeconds?: number | undefined;
}

/** The hub of the federation. */
export class Hub extends pulumi.ComponentResource {
  readonly instance: Instance;
  /** The network that spokes on the same Docker host join. */
  readonly sharedNetwork: docker.Network;
  /** Of the user `monitor` on the blacklist. */
  readonly blacklistMonitorPassword: pulumi.Output<string>;
  /** Writes the registry of spokes. */
  readonly federationAdmin: FederationAdmin;

  constructor(name: string, args: HubArgs, opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:Hub", name, {}, opts);
    const { site, authority, images } = args;
    this.sharedNetwork = new docker.Network(
      `${name}-shared-network`,
      { name: sharedNetworkName(site), ipamConfigs: [{ subnet: subnetOf(site, "shared") }], labels: labelsFor(site, "network", "shared") },
      { parent: this, deleteBeforeReplace: true },
    );
    const blacklist = new BlacklistRedis(`${name}-blacklist-redis`, { site, authority, images, sharedNetwork: this.sharedNetwork, origins: args.blacklistOrigins }, { parent: this });
    this.blacklistMonitorPassword = blacklist.monitorPassword;
    this.instance = new Instance(
      name,
      {
        site,
        authority,
        images,
        sharedNetwork: this.sharedNetwork,
        blacklist: { url: blacklistUrl(blacklistBase(site), site), password: args.blacklistPassword, users: blacklist.access },
        partners: args.blacklistOrigins.map((origin) => origin.site).filter((partner) => partner !== site),
        ...(args.seedTestUsers === undefined ? {} : { seedTestUsers: args.seedTestUsers }),
        linkProbeSeconds: args.linkProbeSeconds,
      },
      { parent: this },
    );
    this.federationAdmin = makeFederationAdmin(name, this.instance.realm);
    this.registerOutputs({ instance: this.instance, sharedNetwork: this.sharedNetwork });
  }
}
