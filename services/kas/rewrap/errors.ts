import { DiveError } from "@dive/common";

/** The request cannot be understood: 400. */
export class RewrapRequestError extends DiveError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: "DIVE_ERR_KAS_REQUEST", statusCode: 400, cause });
  }
}

/** The signed request token does not come from the proven key, or is too old: 401. */
export class RequestTokenError extends DiveError {
  constructor(message: string, cause?: unknown) {
    const headers = { "www-authenticate": 'DPoP realm="dive", error="invalid_request"' };
    super(message, { code: "DIVE_ERR_KAS_REQUEST_TOKEN", statusCode: 401, headers, cause });
  }
}

/** The token was revoked: 401. */
export class TokenRevokedError extends DiveError {
  constructor() {
    const headers = { "www-authenticate": 'DPoP realm="dive", error="invalid_token", error_description="The token was revoked; sign in again."' };
    super("The token was revoked; sign in again.", { code: "DIVE_ERR_TOKEN_REVOKED", statusCode: 401, headers });
  }
}

/** What every denial says, whatever its reason: a caller must not learn more by asking (BaseTDF-KAS section 5.3). */
export const DENIED = "permission denied";

/** No key was released: 403, the same for a wrong key, a changed label and a policy that says no. */
export class KeyDeniedError extends DiveError {
  constructor() {
    super(DENIED, { code: "DIVE_ERR_KAS_DENIED", statusCode: 403 });
  }
}

/** What a key's result says when nobody could decide on it. */
export const UNAVAILABLE = "no decision at the moment";

/** No key was released, because nobody could decide: 503. */
export class KeyUnavailableError extends DiveError {
  constructor(cause?: unknown) {
    super("Whether the key may be released cannot be decided at the moment. Try again later.", {
      code: "DIVE_ERR_KAS_UNAVAILABLE",
      statusCode: 503,
      headers: { "retry-after": "5" },
      cause,
    });
  }
}
