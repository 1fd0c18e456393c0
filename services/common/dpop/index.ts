export { accessTokenHash, createProof, generateDpopKey, proofUrl, type DpopKey, type ProofTarget } from "./make-proof.ts";
export { PROOF_ALGORITHMS, PROOF_ERROR_CODES, ProofError, ReplayStoreUnavailableError, type ProofErrorCode } from "./proof-error.ts";
export { createRedisReplayStore, type ReplayRedis, type ReplayStore } from "./replay-store.ts";
export { createProofVerifier, type ProofRequest, type ProofVerifier, type ProofVerifierOptions, type ProvenKey } from "./verify-proof.ts";
