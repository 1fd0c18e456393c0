import { DiveError } from "../runtime/dive-error.ts";

/** Why a proof is refused. */
export const PROOF_ERROR_CODES = [
  "DIVE_ERR_DPOP_MISSING",
  "DIVE_ERR_DPOP_MALFORMED",
  "DIVE_ERR_DPOP_SIGNATURE",
  "DIVE_ERR_DPOP_TARGET",
  "DIVE_ERR_DPOP_TOKEN",
  "DIVE_ERR_DPOP_TIME",
  "DIVE_ERR_DPOP_REPLAYED",
  "DIVE_ERR_DPOP_KEY",
] as const;

/** One of {@link PROOF_ERROR_CODES}. */
export type ProofErrorCode = (typeof PROOF_ERROR_CODES)[number];

/** The algorithms that proofs may be signed with. */
export const PROOF_ALGORITHMS = ["ES256", "RS256", "PS256"] as const;

/** The proof is missing or refused: 401 with the challenge of RFC 9449 section 7.1. */
export class ProofError extends DiveError {
  declare readonly code: ProofErrorCode;

  constructor(code: ProofErrorCode, message: string, cause?: unknown) {
    const error = code === "DIVE_ERR_DPOP_KEY" ? "invalid_token" : "invalid_dpop_proof";
    const challenge = `DPoP error="${error}", error_description="${message.replace(/[^\x20-\x7e]|["\\]/g, "'")}", algs="${PROOF_ALGORITHMS.join(" ")}"`;
    super(message, { code, statusCode: 401, headers: { "www-authenticate": challenge }, cause });
  }

  /** The reason as a metric's label: "dpop_replayed". */
  get reason(): string {
    return this.code.slice("DIVE_ERR_".length).toLowerCase();
  }
}

/** Nobody can say whether a proof was used before: 503, since letting it pass would undo the protection. */
export class ReplayStoreUnavailableError extends DiveError {
  constructor(cause: unknown) {
    super("Whether the DPoP proof was used before cannot be told at the moment. Try again later.", {
      code: "DIVE_ERR_REPLAY_STORE_UNAVAILABLE",
      statusCode: 503,
      headers: { "retry-after": "5" },
      cause,
    });
  }
}
