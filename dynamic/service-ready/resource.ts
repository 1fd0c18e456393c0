import * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "../dynamic-resource.ts";

interface CommonArgs {
  /** PEM of the only certificate authority trusted. */
  caCertificate: pulumi.Input<string>;
  /** Anything whose change makes the check run again, e.g. the container's id. */
  triggers?: pulumi.Input<pulumi.Input<string>[]>;
  /** Seconds until it gives up, 1-3600. Default 120. */
  timeoutSeconds?: pulumi.Input<number>;
}

/** PostgreSQL is ready when `SELECT 1` succeeds over TLS with a verified certificate and host name. */
export interface PostgresReadyArgs extends CommonArgs {
  kind: "postgresql";
  host: pulumi.Input<string>;
  port: pulumi.Input<number>;
  username: pulumi.Input<string>;
  /** Secret. */
  password: pulumi.Input<string>;
  /** The database asked, e.g. `postgres`. */
  database: pulumi.Input<string>;
}

/** Keycloak is ready when realm master's discovery names the right issuer and the admin client gets a token: the port opens before either. */
export interface KeycloakReadyArgs extends CommonArgs {
  kind: "keycloak";
  /** Public base without a slash at its end, e.g. `https://localhost:8443`. */
  url: pulumi.Input<string>;
  /** e.g. `https://localhost:8443/realms/master`. */
  expectedIssuer: pulumi.Input<string>;
  /** Admin client with a service account in realm master. */
  clientId: pulumi.Input<string>;
  /** Secret. */
  clientSecret: pulumi.Input<string>;
}

/** What a {@link ServiceReady} waits for. */
export type ServiceReadyArgs = PostgresReadyArgs | KeycloakReadyArgs;

/** A service can be used, shown by its own protocol. Asks from every 100 ms to every 2 s; the error tells what was last seen. */
export class ServiceReady extends DynamicResource {
  /** What was reached: `postgresql://host:port/database` or Keycloak's issuer. */
  declare public readonly endpoint: pulumi.Output<string>;
  constructor(name: string, args: ServiceReadyArgs, opts?: pulumi.CustomResourceOptions) {
    const secrets = args.kind === "postgresql" ? { password: pulumi.secret(args.password) } : { clientSecret: pulumi.secret(args.clientSecret) };
    const props = { ...args, version: 1, triggers: args.triggers ?? [], timeoutSeconds: args.timeoutSeconds ?? 120, ...secrets, endpoint: undefined, inputsHash: undefined };
    super("./dynamic/service-ready/provider.ts", "ServiceReady", name, props, pulumi.mergeOptions(opts, { additionalSecretOutputs: ["inputsHash"] }));
  }
}
