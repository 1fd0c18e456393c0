/** What the program of the lifecycle test is told, as JSON in the variable LIFECYCLE. */
export interface Settings {
  readonly phase: "create" | "update" | "replace";
  readonly keycloakServer: { readonly url: string; readonly clientId: string; readonly clientSecret: string; readonly rootCaCertificate: string };
  readonly postgresServer: { readonly host: string; readonly port: number; readonly password: string; readonly sslrootcert: string };
  /** Two names of one image that has `sleep`. */
  readonly images: readonly [string, string];
  /** PEM. */
  readonly authority: { readonly certificate: string; readonly key: string };
}
