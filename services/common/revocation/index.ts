export { hasAuthority, nationOf, type Federation, type Origin } from "./authority.ts";
export { channelOf, identityOf, keyOf, LONGEST_SESSION_MS, parseRevocation, REVOCATION_KINDS, streamOf, type Revocation, type RevokedThing } from "./entry.ts";
export { revocationFederation } from "./federation-variable.ts";
export { createLogoutTokenVerifier, LOGOUT_EVENT, LogoutRefusedError, type EndedSession, type LogoutTokenOptions, type LogoutTokenVerifier } from "./logout-token.ts";
export { publishRevocations } from "./metrics.ts";
export { RevocationReader, type RevocationReaderOptions } from "./reader.ts";
export { createRevocations, type Revocations, type RevocationsOptions } from "./revocations.ts";
export { RevocationView, STALENESS_BOUND_MS, type RevocableClaims, type RevocationCheck, type Verdict } from "./view.ts";
export { RevocationUnavailableError, RevocationWriter, type RevocationRequest, type RevocationWriterOptions } from "./writer.ts";
