import { TokenError } from "./token-error.ts";

/** Longest token accepted, in characters; Keycloak's are 1-3 thousand. */
const LONGEST = 8_192;

/** Which tokens {@link bearerToken} takes. */
export interface BearerOptions {
  /** Also those that are no JWT, for whoever can ask their issuer about them (RFC 6750 section 2.1, `b64token`). Default: not. */
  readonly opaque?: boolean;
}

const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const B64TOKEN = /^[\w.~+/-]+=*$/;

/**
 * The token of an `Authorization: Bearer <token>` header (RFC 6750; the scheme in any case).
 * @throws {TokenError} `MISSING` without a header or with another scheme, `MALFORMED` when it is not three base64url parts, or with `opaque` no token at all.
 */
export function bearerToken(authorization: string | undefined, { opaque = false }: BearerOptions = {}): string {
  if (authorization === undefined || authorization.trim() === "") {
    throw new TokenError("DIVE_ERR_TOKEN_MISSING", "This address needs an access token: send the header Authorization: Bearer <token>.");
  }
  const [scheme = "", token, ...rest] = authorization.trim().split(/ +/);
  if (scheme.toLowerCase() !== "bearer") {
    throw new TokenError("DIVE_ERR_TOKEN_MISSING", "The Authorization header must use the scheme Bearer.");
  }
  if (token === undefined || rest.length > 0 || token.length > LONGEST || !(opaque ? B64TOKEN : JWT).test(token)) {
    throw new TokenError("DIVE_ERR_TOKEN_MALFORMED", opaque ? "What follows Bearer is not a token." : "The bearer token is not a signed JWT: three base64url parts joined by dots.");
  }
  return token;
}
