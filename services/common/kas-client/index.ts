export { KasError, createKasClient, fetchKasKey, signRequest, type Fetch, type KasClient, type KasClientOptions } from "./kas-client.ts";
export { createKasProbe } from "./kas-probe.ts";
export { createTrustingFetch } from "./trusting-fetch.ts";
export { PUBLIC_KEY_PATH, REWRAP_PATH, type RewrapKeyAccess, type RewrapPolicyRequest, type RewrapRequestBody, type RewrapResponse, type RewrapResult } from "./wire.ts";
