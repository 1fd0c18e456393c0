import * as pulumi from "@pulumi/pulumi";
import { providerShim } from "../shim.ts";

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
}

/** What an {@link OidcCheck} proves. */
export interface OidcCheckArgs {
  /** The two ends; both directions are checked. */
  from: OidcCheckSideArgs;
  to: OidcCheckSideArgs;
  /** Anything whose change makes the check run again: both Keycloaks' container ids, hash of the brokers' settings. */
  triggers?: pulumi.Input<pulumi.Input<string>[]>;
}

/**
 * A link between two realms works in both directions: each issuer's discovery, keys and token endpoint answer, and a sign-in at each
 * side's application with the other side's broker ends at the other side's login form. Tried at once and again after 2, 4, 8, 16
 * and 32 s, 3 s a request, 120 s over all.
 */
export class OidcCheck extends pulumi.dynamic.Resource {
  /** The two issuers, `from`'s first. */
  declare public readonly issuers: pulumi.Output<string[]>;
  constructor(name: string, args: OidcCheckArgs, opts?: pulumi.CustomResourceOptions) {
    const props = { ...args, version: 1, triggers: args.triggers ?? [], from: withSecret(args.from), to: withSecret(args.to), issuers: undefined, inputsHash: undefined };
    super(providerShim("./dynamic/oidc-check/provider.ts"), name, props, pulumi.mergeOptions(opts, { additionalSecretOutputs: ["inputsHash"] }), "dive", "OidcCheck");
  }
}

function withSecret(side: OidcCheckSideArgs): OidcCheckSideArgs {
  return side.adminClientSecret === undefined ? side : { ...side, adminClientSecret: pulumi.secret(side.adminClientSecret) };
}
