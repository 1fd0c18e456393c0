import * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "../dynamic-resource.ts";

/** One end of a link. */
export interface OidcCheckSideArgs {
  /** Nation code, e.g. `USA`: what errors call this side. */
  code: pulumi.Input<string>;
  /** Its Keycloak's public base without a slash at its end, e.g. `https://localhost:8443`. */
  publicBase: pulumi.Input<string>;
  realm: pulumi.Input<string>;
  /** The exact issuer expected, e.g. `https://localhost:8443/realms/dive-v3-broker-usa`. */
  issuer: pulumi.Input<string>;
  /** The realm's application client (public, PKCE), through which a user would sign in. */
  clientId: pulumi.Input<string>;
  /** One of that client's redirect URIs; never called. */
  redirectUri: pulumi.Input<string>;
  /** Alias in this realm of the broker that leads to the other side, e.g. `fra-idp` at USA. */
  brokerAlias: pulumi.Input<string>;
  /** PEM of the authority of this side's certificates. */
  caCertificate: pulumi.Input<string>;
  /** Admin client of this side's realm master, for clearing caches and explaining failures. Leave both out when the side is not ours. */
  adminClientId?: pulumi.Input<string>;
  /** Secret. */
  adminClientSecret?: pulumi.Input<string>;
  /** This side's database `orchestration` as its owner: breaker, keys last seen, results. Secret. Leave it out when the side is not ours. */
  database?: pulumi.Input<OidcCheckDatabaseArgs>;
  /** This side's probe user, for a verification. Secret. */
  probeUser?: pulumi.Input<{ username: pulumi.Input<string>; password: pulumi.Input<string> }>;
}

/** Where a side's record is. */
export interface OidcCheckDatabaseArgs {
  host: pulumi.Input<string>;
  port: pulumi.Input<number>;
  database: pulumi.Input<string>;
  username: pulumi.Input<string>;
  password: pulumi.Input<string>;
}

/**
 * `first`: before anything is made, the partner's issuer answers; `link`: and a sign-in at each side with the other side's broker ends at
 * the other side's login form; `verification`: each side's probe user really signs in at the other side.
 */
export type OidcCheckKind = "first" | "link" | "verification";

/** What an {@link OidcCheck} proves. */
export interface OidcCheckArgs {
  kind: OidcCheckKind;
  /** The two ends. Each that is ours (with an admin client or a database) is checked from its own view. */
  from: OidcCheckSideArgs;
  to: OidcCheckSideArgs;
  /** Anything whose change makes the check run again: both Keycloaks' container ids, hash of the brokers' settings. */
  triggers?: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * A link between two realms works, as far as `kind` says. Tried at once, then after 2, 4, 8, 16 and 32 s (verification: 3, 6, 12 and 24 s),
 * 3 s a request, both directions side by side, 120 s over all, each side's part behind its persisted circuit breaker.
 */
export class OidcCheck extends DynamicResource {
  /** The two issuers, `from`'s first. */
  declare public readonly issuers: pulumi.Output<string[]>;
  constructor(name: string, args: OidcCheckArgs, opts?: pulumi.CustomResourceOptions) {
    const props = { ...args, version: 2, triggers: args.triggers ?? [], from: withSecrets(args.from), to: withSecrets(args.to), issuers: undefined, inputsHash: undefined };
    super("./dynamic/oidc-check/provider.ts", "OidcCheck", name, props, pulumi.mergeOptions(opts, { additionalSecretOutputs: ["inputsHash"] }));
  }
}

function withSecrets(side: OidcCheckSideArgs): OidcCheckSideArgs {
  const secrets = (["adminClientSecret", "database", "probeUser"] as const).filter((key) => side[key] !== undefined);
  return { ...side, ...Object.fromEntries(secrets.map((key) => [key, pulumi.secret(side[key])])) };
}
