import * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "../dynamic-resource.ts";

/** A spoke as the registry has it; public values only. */
export interface SpokeDescriptorArgs {
  issuer: pulumi.Input<string>;
  realm: pulumi.Input<string>;
  clientId: pulumi.Input<string>;
  keycloakUrl: pulumi.Input<string>;
  backendUrl: pulumi.Input<string>;
  /** Alias of the hub's broker that leads to it. */
  brokerAlias: pulumi.Input<string>;
  state: pulumi.Input<"PENDING" | "ACTIVE" | "STOPPED">;
}

/** What a {@link FederationRegistryEntry} registers, and through whom. */
export interface FederationRegistryEntryArgs {
  code: pulumi.Input<string>;
  spoke: pulumi.Input<SpokeDescriptorArgs>;
  /** Public base of the hub's backend. */
  backendUrl: pulumi.Input<string>;
  /** Issuer of the hub's realm, where the service account signs in. */
  issuer: pulumi.Input<string>;
  /** Client with a service account that has the realm role `federation-admin`. */
  clientId: pulumi.Input<string>;
  /** Secret. */
  clientSecret: pulumi.Input<string>;
  /** PEM of the only certificate authority trusted. */
  caCertificate: pulumi.Input<string>;
}

/** A spoke's document in the hub's registry (MongoDB `federation_spokes`), written through the hub backend's admin API: that backend is the database's only writer. */
export class FederationRegistryEntry extends DynamicResource {
  declare public readonly code: pulumi.Output<string>;
  constructor(name: string, args: FederationRegistryEntryArgs, opts?: pulumi.CustomResourceOptions) {
    const props = { ...args, clientSecret: pulumi.secret(args.clientSecret), version: 1, inputsHash: undefined };
    super("./dynamic/federation-registry-entry/provider.ts", "FederationRegistryEntry", name, props, pulumi.mergeOptions(opts, { additionalSecretOutputs: ["clientSecret", "inputsHash"] }));
  }
}
