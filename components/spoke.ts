/** A spoke: an instance that hears and tells revocations at the hub. */
import * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "../config.ts";
import { blacklistUrl, type Peer, type Site } from "./endpoints.ts";
import type { ImageSet } from "./image-set.ts";
import { Instance } from "./instance.ts";
import type { NamedNetwork } from "./workload.ts";

/** Arguments of {@link Spoke}. */
export interface SpokeArgs {
  readonly site: Site;
  readonly hub: Peer;
  /** Base of the hub's blacklist Redis as containers reach it. */
  readonly blacklistBase: string;
  readonly authority: CertificateAuthority;
  readonly images: ImageSet["ids"];
  readonly sharedNetwork: NamedNetwork | undefined;
  /** The spoke's password on the hub's blacklist. */
  readonly blacklistPassword: pulumi.Output<string>;
  /** Make test users. Default: false. */
  readonly seedTestUsers?: boolean;
  /** Seconds from one check of the links to the next, 5-30. Default 30. */
  readonly linkProbeSeconds?: number | undefined;
}

/** A partner's instance. */
export class Spoke extends pulumi.ComponentResource {
  readonly instance: Instance;

  constructor(name: string, args: SpokeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:Spoke", name, {}, opts);
    this.instance = new Instance(
      name,
      {
        site: args.site,
        authority: args.authority,
        images: args.images,
        sharedNetwork: args.sharedNetwork,
        blacklist: { url: blacklistUrl(args.blacklistBase, args.site), password: args.blacklistPassword, caCertificate: args.hub.caCertificate },
        partners: [args.hub],
        ...(args.seedTestUsers === undefined ? {} : { seedTestUsers: args.seedTestUsers }),
        linkProbeSeconds: args.linkProbeSeconds,
      },
      { parent: this },
    );
    this.registerOutputs({ instance: this.instance });
  }
}
