import { DiveError } from "@dive/common";

/** There is no such resource here. */
export class ResourceUnknownError extends DiveError {
  constructor(resourceId: string) {
    super(`There is no resource ${resourceId}.`, { code: "DIVE_ERR_RESOURCE_UNKNOWN", statusCode: 404 });
  }
}

/** Resources cannot be read or written at the moment: 503. */
export class StoreUnavailableError extends DiveError {
  constructor(cause: unknown, retryAfterS = "5") {
    super("The store of resources cannot be reached at the moment. Try again later.", {
      code: "DIVE_ERR_STORE_UNAVAILABLE", statusCode: 503, headers: { "retry-after": retryAfterS }, cause,
    });
  }
}

/** The token was revoked: 401. */
export class TokenRevokedError extends DiveError {
  constructor() {
    super("The token has been revoked. Sign in again.", {
      code: "DIVE_ERR_TOKEN_REVOKED", statusCode: 401,
      headers: { "www-authenticate": 'Bearer realm="dive", error="invalid_token", error_description="The token has been revoked"' },
    });
  }
}

/** Nobody can say at the moment whether the token was revoked: 503. */
export class RevocationsStaleError extends DiveError {
  constructor() {
    super("Revocations cannot be checked at the moment, so only what is UNCLASSIFIED is served. Try again later.", {
      code: "DIVE_ERR_REVOCATIONS_STALE", statusCode: 503, headers: { "retry-after": "5" },
    });
  }
}

/** The key to seal with cannot be had: 503. */
export class SealingKeyUnavailableError extends DiveError {
  constructor(cause: unknown, retryAfterS = "5") {
    super("The key access service gives no key to seal with at the moment, so nothing can be stored. Try again later.", {
      code: "DIVE_ERR_KAS_UNAVAILABLE", statusCode: 503, headers: { "retry-after": retryAfterS }, cause,
    });
  }
}

/** The form that came cannot be stored: 400, or 413 when something in it is too large. */
export class UploadError extends DiveError {
  constructor(code: `DIVE_ERR_UPLOAD_${string}`, message: string, statusCode: 400 | 413 = 400, cause?: unknown) {
    super(message, { code, statusCode, cause });
  }
}
