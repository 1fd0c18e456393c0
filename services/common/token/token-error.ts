import { DiveError } from "../runtime/dive-error.ts";

/** Why a token is refused. The names are a contract with clients, logs and the metric `dive_v3_invalid_tokens_total`. */
export const TOKEN_ERROR_CODES = [
  "DIVE_ERR_TOKEN_MISSING",
  "DIVE_ERR_TOKEN_MALFORMED",
  "DIVE_ERR_TOKEN_ALGORITHM",
  "DIVE_ERR_TOKEN_UNKNOWN_KEY",
  "DIVE_ERR_TOKEN_SIGNATURE",
  "DIVE_ERR_TOKEN_ISSUER",
  "DIVE_ERR_TOKEN_AUDIENCE",
  "DIVE_ERR_TOKEN_EXPIRED",
  "DIVE_ERR_TOKEN_NOT_YET_VALID",
  "DIVE_ERR_TOKEN_TYPE",
  "DIVE_ERR_TOKEN_BOUND",
  "DIVE_ERR_TOKEN_CLAIM",
  "DIVE_ERR_TOKEN_INACTIVE",
  "DIVE_ERR_TOKEN_REVOKED",
] as const;

/** One of {@link TOKEN_ERROR_CODES}. */
export type TokenErrorCode = (typeof TOKEN_ERROR_CODES)[number];

/** The caller's token is missing or refused: 401 with the challenge of RFC 6750. */
export class TokenError extends DiveError {
  declare readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, message: string, cause?: unknown) {
    super(message, { code, statusCode: 401, headers: { "www-authenticate": challenge(code, message) }, cause });
  }

  /** The reason as the metric's label: the code without its prefix, in lower case ("expired"). */
  get reason(): string {
    return this.code.slice("DIVE_ERR_TOKEN_".length).toLowerCase();
  }
}

/**
 * The keys to check a token with cannot be had: 503. Nothing is let through without a check, and the caller is not told
 * that the token is bad, because nobody knows.
 */
export class TokenKeysUnavailableError extends DiveError {
  constructor(cause: unknown) {
    super("The signing keys of the issuer cannot be had at the moment, so no token can be checked. Try again later.", {
      code: "DIVE_ERR_TOKEN_KEYS_UNAVAILABLE",
      statusCode: 503,
      headers: { "retry-after": "5" },
      cause,
    });
  }
}

/** RFC 6750 section 3: without a token the challenge names no error. Quotes and backslashes cannot occur in messages of ours. */
function challenge(code: TokenErrorCode, message: string): string {
  const realm = 'Bearer realm="dive"';
  return code === "DIVE_ERR_TOKEN_MISSING" ? realm : `${realm}, error="invalid_token", error_description="${message.replace(/[^\x20-\x7e]|["\\]/g, "'")}"`;
}
