/** One end of a link as the other end, or a browser, sees it. */
export interface OidcSide {
  /** Nation code, e.g. `USA`: what errors call this side. */
  readonly code: string;
  /** Its Keycloak's public base without a slash at its end, e.g. `https://localhost:8443`. */
  readonly publicBase: string;
  readonly realm: string;
  /** The exact issuer expected, e.g. `https://localhost:8443/realms/dive-v3-broker-usa`. */
  readonly issuer: string;
  /** The realm's application client (public, PKCE), through which a user would sign in. */
  readonly clientId: string;
  /** One of that client's redirect URIs; never called. */
  readonly redirectUri: string;
  /** Alias in this realm of the broker that leads to the other side, e.g. `fra-idp` at USA. */
  readonly brokerAlias: string;
}
