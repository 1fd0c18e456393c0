import * as pulumi from "@pulumi/pulumi";
import type { Partner } from "@dive/common/federation";
import { DynamicResource } from "../dynamic-resource.ts";

/** What a {@link FederationLinkRecord} records. */
export interface FederationLinkRecordArgs {
  /** Code of the instance whose record it is. */
  own: pulumi.Input<string>;
  /** The partner's public descriptor, and the state of the link. */
  partner: pulumi.Input<Partner>;
  /** The own database `orchestration` as its owner. Secret. */
  database: pulumi.Input<{ host: pulumi.Input<string>; port: pulumi.Input<number>; database: pulumi.Input<string>; username: pulumi.Input<string>; password: pulumi.Input<string> }>;
  /** PEM of the only certificate authority trusted. */
  caCertificate: pulumi.Input<string>;
}

/** One side's record of a link: the partner and both directions in `orchestration.federation_*`, from which its backend knows whom to probe. */
export class FederationLinkRecord extends DynamicResource {
  declare public readonly partner: pulumi.Output<Partner>;
  constructor(name: string, args: FederationLinkRecordArgs, opts?: pulumi.CustomResourceOptions) {
    const props = { ...args, database: pulumi.secret(args.database), version: 1, inputsHash: undefined };
    super("./dynamic/federation-link-record/provider.ts", "FederationLinkRecord", name, props, pulumi.mergeOptions(opts, { additionalSecretOutputs: ["database", "inputsHash"] }));
  }
}
