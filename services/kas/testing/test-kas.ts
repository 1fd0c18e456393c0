import { generateKeyPairSync } from "node:crypto";
import { createServiceMetrics, type HealthReport, type KeySource } from "@dive/common";
import type { AuditTrail } from "@dive/common/audit";
import { createProofVerifier, generateDpopKey, type ReplayStore } from "@dive/common/dpop";
import { createKasClient, fetchKasKey, type Fetch, type KasClientOptions } from "@dive/common/kas-client";
import type { Decision, PolicyInput } from "@dive/common/opa";
import type { KasAlgorithm } from "@dive/common/sealed";
import { MockAgent } from "undici";
import { TEST_AUDIENCE, TEST_ISSUER, createTestRealm } from "../../common/testing/realm.ts";
import { createServer, equipServer } from "../app.ts";
import { createCallerCheck } from "../identity/caller.ts";
import { createFederatedVerifier } from "../identity/trusted-issuers.ts";
import { parseKeyset } from "../keys/keyset.ts";
import type { KasAuditRecord } from "../rewrap/audit-record.ts";
import type { RevocationCheck } from "../routes/rewrap-route.ts";

/** Public base address of the KAS of the tests. */
export const KAS_URL = "https://localhost:9000";

/** Each generation's keys of both algorithms, as the keyset's file holds them. */
export function createTestKeyset(generations = 1): string {
  const keys = Array.from({ length: generations }, (_, index) => index + 1).flatMap((generation) => [
    { kid: `usa-rsa-${generation}`, algorithm: "rsa:2048", generation, privateKey: pem(generateKeyPairSync("rsa", { modulusLength: 2_048 })) },
    { kid: `usa-ec-${generation}`, algorithm: "ec:secp256r1", generation, privateKey: pem(generateKeyPairSync("ec", { namedCurve: "P-256" })) },
  ]);
  return JSON.stringify({ keys });
}

function pem({ privateKey }: ReturnType<typeof generateKeyPairSync>): string {
  return (privateKey as { export(options: { type: "pkcs8"; format: "pem" }): string | Buffer }).export({ type: "pkcs8", format: "pem" }).toString();
}

export const ALLOW: Decision = { allow: true, reason: "permitted", obligations: [], evaluation_details: {} };
export const DENY: Decision = { allow: false, reason: "clearance_insufficient", obligations: [], evaluation_details: {} };

/** A store that forgets nothing. */
export function memoryReplays(): ReplayStore {
  const claimed = new Set<string>();
  return { claim: async (identifier) => !claimed.has(identifier) && claimed.add(identifier) !== undefined };
}

/** What a test may change. */
export interface TestKasOptions {
  readonly keyset?: string;
  readonly decide?: (input: PolicyInput) => Promise<Decision>;
  readonly revocations?: RevocationCheck;
  readonly replays?: ReplayStore;
  readonly record?: AuditTrail<KasAuditRecord>["record"];
  readonly requestsPerMinute?: number;
  readonly health?: HealthReport;
  /** Nations that the test realm may vouch for. */
  readonly countries?: readonly string[];
}

/** A KAS with a realm, a policy and an audit trail of the test's making, called by injection. */
export async function createTestKas(options: TestKasOptions = {}) {
  const realm = await createTestRealm();
  const health = options.health ?? { status: "healthy", services: {} };
  const records: KasAuditRecord[] = [];
  const inputs: PolicyInput[] = [];
  const metrics = createServiceMetrics({ processMetrics: false });
  const keySource: KeySource = { getKey: realm.getKey, ageMs: () => 0, maxAgeMs: 600_000, refresh: async () => undefined };
  const tokens = createFederatedVerifier({
    issuers: [{ issuer: TEST_ISSUER, jwksUrl: "https://keycloak/certs", country: "USA", countries: options.countries ?? ["USA", "FRA"] }],
    audience: TEST_AUDIENCE,
    dispatcher: new MockAgent(),
    keySource: () => keySource,
  });
  const app = await equipServer(createServer(), {
    keyset: parseKeyset(options.keyset ?? createTestKeyset()),
    opa: {
      async decide(input) {
        inputs.push(input);
        return (options.decide ?? (async () => ALLOW))(input);
      },
    },
    audit: { record: options.record ?? (async (...facts) => void records.push(...facts)) },
    revocations: options.revocations ?? { verdict: () => ({ revoked: false, stale: false }) },
    checkCaller: createCallerCheck({ verifyToken: tokens.verify, verifyProof: createProofVerifier({ replays: options.replays ?? memoryReplays() }), publicUrl: KAS_URL }),
    health: { report: async () => health, ready: async () => ({ ready: true, down: [] }) },
    metrics,
    breakers: [],
    allowedOrigins: ["https://localhost:4010"],
    requestsPerMinute: options.requestsPerMinute ?? 1_000,
  });
  const fetch: Fetch = async (url, { method, headers, body }) => {
    const { pathname, search } = new URL(url);
    const response = await app.inject({ method: method as "GET", url: `${pathname}${search}`, headers, ...(body === undefined ? {} : { payload: body }) });
    return { status: response.statusCode, headers: { get: (name) => response.headers[name]?.toString() ?? null }, json: async () => response.json() };
  };
  const key = await generateDpopKey();
  return {
    app, realm, records, inputs, metrics, key, fetch,
    /** A client with a token of the realm. */
    client: async (changes: Partial<KasClientOptions> = {}) => createKasClient({ allowed: [KAS_URL], key, accessToken: await realm.token(), fetch, ...changes }),
    publicKey: (algorithm: KasAlgorithm) => fetchKasKey(KAS_URL, algorithm, { fetch }),
  };
}
