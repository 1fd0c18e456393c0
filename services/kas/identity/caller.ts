import { DiveError, TokenError, bearerToken, type VerifiedClaims } from "@dive/common";
import type { ProofVerifier, ProvenKey } from "@dive/common/dpop";
import type { FastifyRequest } from "fastify";

/** Who calls: the claims of a checked token, and the key whose possession the call proves. */
export interface Caller {
  readonly claims: VerifiedClaims;
  readonly key: ProvenKey;
  /** Whether the token itself names that key (`cnf.jkt`): a stolen one is then worth nothing. */
  readonly bound: boolean;
}

/** Settings of {@link createCallerCheck}. */
export interface CallerCheckOptions {
  readonly verifyToken: (token: string) => Promise<VerifiedClaims>;
  readonly verifyProof: ProofVerifier;
  /** Public base address of this KAS, to which callers address their proofs. */
  readonly publicUrl: string;
}

/**
 * Checks token and proof of a request.
 * @throws {DiveError} 401 with a DPoP challenge, or 503 when a check cannot be made
 */
export type CallerCheck = (request: Pick<FastifyRequest, "headers" | "method" | "url">) => Promise<Caller>;

/** Makes the check. There is no setting that does without the proof. */
export function createCallerCheck({ verifyToken, verifyProof, publicUrl }: CallerCheckOptions): CallerCheck {
  return async ({ headers, method, url }) => {
    try {
      const { token, scheme } = readToken(headers.authorization);
      const claims = await verifyToken(token);
      const boundTo = thumbprintOf(claims);
      if (boundTo !== undefined && scheme === "bearer") {
        throw new TokenError("DIVE_ERR_TOKEN_BOUND", "The token is bound to a key: send it as Authorization: DPoP <token>.");
      }
      const proof = headers["dpop"];
      const key = await verifyProof({ proof, method, url: `${publicUrl}${url}`, accessToken: token, ...(boundTo === undefined ? {} : { boundTo }) });
      return { claims, key, bound: boundTo !== undefined };
    } catch (error) {
      throw error instanceof TokenError ? withDpopChallenge(error) : error;
    }
  };
}

function readToken(authorization: string | undefined): { readonly token: string; readonly scheme: "dpop" | "bearer" } {
  const scheme = /^\s*dpop\s/i.test(authorization ?? "") ? "dpop" : "bearer";
  // RFC 9449 section 7.1: the same form as a bearer token's, with another word before it.
  return { scheme, token: bearerToken(authorization?.replace(/^\s*dpop\s/i, "Bearer ")) };
}

/** `cnf.jkt`. @throws {TokenError} when the token is bound in a way that cannot be checked here */
function thumbprintOf({ cnf }: VerifiedClaims): string | undefined {
  if (cnf === undefined) return undefined;
  const { jkt, ...others } = (typeof cnf === "object" && cnf !== null ? cnf : {}) as Readonly<Record<string, unknown>>;
  if (typeof jkt === "string" && Object.keys(others).length === 0) return jkt;
  throw new TokenError("DIVE_ERR_TOKEN_BOUND", "The token is bound in a way that this service cannot check.");
}

/** The same refusal, with the challenge of the scheme that this service wants (RFC 9449 section 7.1). */
function withDpopChallenge(error: TokenError): DiveError {
  const challenge = (error.headers["www-authenticate"] ?? "").replace(/^Bearer realm="dive"/, 'DPoP realm="dive"');
  return new DiveError(error.message, { code: error.code, statusCode: 401, headers: { "www-authenticate": `${challenge}, algs="ES256 RS256 PS256"` }, cause: error });
}
