import * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "../dynamic-resource.ts";

/** What a {@link HealthCheck} waits for. */
export interface HealthCheckArgs {
  /** The instance's detailed health, e.g. `https://localhost:4010/health/detailed`. */
  url: pulumi.Input<string>;
  /** PEM of the only certificate authority trusted. */
  caCertificate: pulumi.Input<string>;
  /** Anything whose change makes the check run again, e.g. container ids. */
  triggers?: pulumi.Input<pulumi.Input<string>[]>;
  /** Seconds until it gives up, 1-3600. Default 120. */
  timeoutSeconds?: pulumi.Input<number>;
}

/** An instance is complete: its `/health/detailed` answered `healthy`. When it does not in time, the error lists what is down. */
export class HealthCheck extends DynamicResource {
  declare public readonly url: pulumi.Output<string>;
  constructor(name: string, args: HealthCheckArgs, opts?: pulumi.CustomResourceOptions) {
    const props = { ...args, version: 1, triggers: args.triggers ?? [], timeoutSeconds: args.timeoutSeconds ?? 120, inputsHash: undefined };
    super("./dynamic/health-check/provider.ts", "HealthCheck", name, props, pulumi.mergeOptions(opts, { additionalSecretOutputs: ["inputsHash"] }));
  }
}
