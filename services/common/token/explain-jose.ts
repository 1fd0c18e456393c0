import { errors } from "jose";
import { TokenError, TokenKeysUnavailableError, type TokenErrorCode } from "./token-error.ts";

/** Claims whose failure has a code of its own; any other claim is `DIVE_ERR_TOKEN_CLAIM`. */
const CLAIM_CODES: Readonly<Record<string, TokenErrorCode>> = {
  iss: "DIVE_ERR_TOKEN_ISSUER",
  aud: "DIVE_ERR_TOKEN_AUDIENCE",
  nbf: "DIVE_ERR_TOKEN_NOT_YET_VALID",
};

/**
 * Translates what jose throws into our errors. What is not known to be the token's fault (network, broken JWKS) becomes
 * {@link TokenKeysUnavailableError}: the check fails closed, but does not blame the token.
 */
export function explainJoseError(error: unknown): TokenError | TokenKeysUnavailableError {
  const refuse = (code: TokenErrorCode, message: string) => new TokenError(code, message, error);
  if (error instanceof errors.JWTExpired) return refuse("DIVE_ERR_TOKEN_EXPIRED", "The token has expired; sign in again.");
  if (error instanceof errors.JWTClaimValidationFailed) return refuse(CLAIM_CODES[error.claim] ?? "DIVE_ERR_TOKEN_CLAIM", claimMessage(error.claim));
  if (error instanceof errors.JOSEAlgNotAllowed) return refuse("DIVE_ERR_TOKEN_ALGORITHM", "The token is not signed with an accepted algorithm (RS256, PS256, ES256).");
  if (error instanceof errors.JWSSignatureVerificationFailed) return refuse("DIVE_ERR_TOKEN_SIGNATURE", "The signature of the token is wrong.");
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return refuse("DIVE_ERR_TOKEN_UNKNOWN_KEY", "The token is signed with a key that its issuer does not publish.");
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid || error instanceof errors.JOSENotSupported) {
    return refuse("DIVE_ERR_TOKEN_MALFORMED", "The token cannot be read as a signed JWT.");
  }
  return new TokenKeysUnavailableError(error);
}

function claimMessage(claim: string): string {
  switch (claim) {
    case "iss":
      return "The token comes from another issuer than this instance's realm.";
    case "aud":
      return "The token is not meant for this service (audience).";
    case "nbf":
      return "The token is not valid yet.";
    default:
      return `The token's claim ${claim} is missing or not usable.`;
  }
}
