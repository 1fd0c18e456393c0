import * as pulumi from "@pulumi/pulumi";
import { DynamicResource } from "../dynamic-resource.ts";

/** A second factor of one user: time-based one-time codes (RFC 6238) with SHA-1, 6 digits, 30 seconds, as authenticator apps expect. */
export interface TotpCredentialArgs {
  /** Public base of Keycloak without a slash at its end, e.g. `https://localhost:8443`. */
  url: pulumi.Input<string>;
  realm: pulumi.Input<string>;
  /** Keycloak's id of the user. */
  userId: pulumi.Input<string>;
  /** Tells this credential from the user's others: a credential of this label is taken to be this resource's. */
  label: pulumi.Input<string>;
  /** The shared secret as text, of which the bytes are the key; at least 16 characters. Secret. Keycloak never shows it again. */
  secret: pulumi.Input<string>;
  /** Admin client with a service account in realm master. */
  adminClientId: pulumi.Input<string>;
  /** Secret. */
  adminClientSecret: pulumi.Input<string>;
  /** PEM of the only certificate authority trusted. */
  caCertificate: pulumi.Input<string>;
}

/** A TOTP credential in Keycloak: the official provider has no resource for it. Its id is Keycloak's; another secret, label or user replaces it. */
export class TotpCredential extends DynamicResource {
  constructor(name: string, args: TotpCredentialArgs, opts?: pulumi.CustomResourceOptions) {
    const props = { ...args, version: 1, secret: pulumi.secret(args.secret), adminClientSecret: pulumi.secret(args.adminClientSecret) };
    const secrets = { additionalSecretOutputs: ["secret", "adminClientSecret"] };
    super("./dynamic/totp-credential/provider.ts", "TotpCredential", name, props, pulumi.mergeOptions(opts, secrets));
  }
}
