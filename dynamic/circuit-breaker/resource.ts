import * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "../dynamic-resource.ts";

/** Arguments of {@link CircuitBreaker}. */
export interface CircuitBreakerArgs {
  host: pulumi.Input<string>;
  port: pulumi.Input<number>;
  /** The database with schema `orchestration`. */
  database: pulumi.Input<string>;
  username: pulumi.Input<string>;
  /** Secret. */
  password: pulumi.Input<string>;
  /** PEM of the only certificate authority trusted. */
  caCertificate: pulumi.Input<string>;
  /** Which circuit, e.g. `federation-link`. Another one is another resource. */
  circuit: pulumi.Input<string>;
  /** Code of the instance at the other end, e.g. `FRA`. Another one is another resource. */
  instance: pulumi.Input<string>;
  /** Failures in a row that open it, 1-1000. Default 5. */
  failures?: pulumi.Input<number>;
  /** Milliseconds from its opening until one call may try again, 1-86,400,000. Default 60,000. */
  coolDownMs?: pulumi.Input<number>;
}

/**
 * Declares a circuit and its thresholds: a row of `orchestration.circuit_breaker_state`. Its state, counts and times are not the
 * resource's, so no run of the program changes them, and they change nothing for it.
 */
export class CircuitBreaker extends DynamicResource {
  declare public readonly circuit: pulumi.Output<string>;
  declare public readonly instance: pulumi.Output<string>;
  declare public readonly failures: pulumi.Output<number>;
  declare public readonly coolDownMs: pulumi.Output<number>;

  constructor(name: string, args: CircuitBreakerArgs, opts?: pulumi.CustomResourceOptions) {
    const props = { ...args, version: 1, password: pulumi.secret(args.password), failures: args.failures ?? 5, coolDownMs: args.coolDownMs ?? 60_000 };
    super("./dynamic/circuit-breaker/provider.ts", "CircuitBreaker", name, props, pulumi.mergeOptions(opts, { additionalSecretOutputs: ["password"] }));
  }
}
