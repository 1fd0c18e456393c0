import { createServiceMetrics, createTokenVerifier, type HealthReport } from "@dive/common";
import type { AuditTrail } from "@dive/common/audit";
import type { ReplayStore } from "@dive/common/dpop";
import { createLogoutTokenVerifier, RevocationView, type Revocations } from "@dive/common/revocation";
import { createServer, equipServer } from "../app.ts";
import type { RefusalRecord } from "../plugins/refusal-record.ts";
import type { SpokeDocument, SpokeRegistry } from "../federation/registry.ts";
import { FederationView } from "../federation/view.ts";
import { readPages } from "../web/pages.ts";
import { portalSettings } from "../web/portal-settings.ts";
import { testResources, type TestResourceOptions } from "./test-resources.ts";
import { TEST_AUDIENCE, TEST_ISSUER, createTestRealm } from "../../common/testing/realm.ts";

const HEALTHY: HealthReport = { status: "healthy", services: { mongodb: { status: "up", responseTimeMs: 2 }, opa: { status: "up", responseTimeMs: 3 } } };

/** The pages of the tests' instance, read once. */
const PAGES = readPages(portalSettings({
  code: "USA", issuer: TEST_ISSUER, clientId: "dive-v3-broker-usa", kasUrl: "https://localhost:9000", members: ["USA", "FRA"], partners: [{ code: "FRA", kasUrl: "https://localhost:9010" }],
}));

/** Client ids whose logouts the application of the tests takes. */
export const TEST_CLIENT_IDS = ["dive-v3-broker-usa", "dive-v3-broker-fra"];

/** Revocations in memory, known at once and never stale. */
export function memoryRevocations(): Pick<Revocations, "view" | "verdict" | "revoke"> {
  const view = new RevocationView({ own: "usa", hub: "usa", origins: [{ origin: "usa", issuer: TEST_ISSUER }, { origin: "fra", issuer: "https://localhost:8453/realms/dive-v3-broker-fra" }] });
  view.markComplete(Date.now());
  return {
    view,
    verdict: (claims) => ({ ...view.verdict(claims), stale: false }),
    async revoke(thing, { by, reason, expiresAt }) {
      const revocation = { ...thing, revokedAt: Date.now(), expiresAt: expiresAt ?? Date.now() + 60_000, by, ...(reason === undefined ? {} : { reason }) };
      view.add("usa", revocation);
      return revocation;
    },
  };
}

/** A store of used numbers in memory. */
function memoryReplays(): ReplayStore {
  const used = new Set<string>();
  return { claim: async (identifier) => !used.has(identifier) && used.add(identifier) !== undefined };
}

/** What a test may change. */
export interface TestAppOptions {
  readonly health?: HealthReport;
  /** Makes every health report fail with this. */
  readonly reportFails?: Error;
  readonly closing?: boolean;
  /** Default: one in memory. */
  readonly registry?: SpokeRegistry;
  readonly resources?: TestResourceOptions;
  /** Real parts instead of those. */
  readonly routes?: Partial<ReturnType<typeof testResources>["routes"]>;
  /** Default: {@link memoryRevocations}. */
  readonly revocations?: Partial<Pick<Revocations, "verdict" | "revoke">>;
  /** Default: in memory. */
  readonly replays?: ReplayStore;
  /** Default 1,000. */
  readonly requestsPerMinute?: number;
  /** Default: keeps them. */
  readonly recordRefusal?: AuditTrail<RefusalRecord>["record"];
}

/** A registry in memory. */
export function testRegistry(): SpokeRegistry {
  const spokes = new Map<string, SpokeDocument>();
  return {
    put: async (code, descriptor) => void spokes.set(code, { _id: code, ...descriptor, createdAt: spokes.get(code)?.createdAt ?? new Date(), updatedAt: new Date() }),
    async activate(code) {
      const found = spokes.get(code);
      if (found?.state === "PENDING") spokes.set(code, { ...found, state: "ACTIVE" });
    },
    remove: async (code) => spokes.delete(code),
    list: async () => [...spokes.values()],
  };
}

/** The application with a realm and a health of the test's making, for injected requests. */
export async function createTestApp({ health = HEALTHY, reportFails, closing = false, registry = testRegistry(), resources: settings = {}, revocations = {}, replays = memoryReplays(), routes = {}, requestsPerMinute = 1_000, recordRefusal }: TestAppOptions = {}) {
  const realm = await createTestRealm();
  const metrics = createServiceMetrics({ processMetrics: false });
  const view = new FederationView();
  const down = Object.entries(health.services).filter(([, part]) => part.status === "down").map(([name]) => name);
  const report = async () => {
    if (reportFails !== undefined) throw reportFails;
    return health;
  };
  const resources = testResources(settings, metrics.registry);
  const refusals: RefusalRecord[] = [];
  const app = await equipServer(createServer(), {
    instanceCode: settings.instanceCode ?? "USA",
    verifyToken: createTokenVerifier({ issuer: TEST_ISSUER, audience: TEST_AUDIENCE, getKey: realm.getKey }),
    revocation: {
      revocations: { ...memoryRevocations(), ...revocations },
      verifySentToken: createTokenVerifier({ issuer: TEST_ISSUER, audience: TEST_AUDIENCE, getKey: realm.getKey, acceptBound: true }),
      verifyLogoutToken: createLogoutTokenVerifier({ issuer: TEST_ISSUER, clientIds: TEST_CLIENT_IDS, getKey: realm.getKey, replays }),
      codes: ["USA", "FRA"],
    },
    health: { report, ready: async () => ({ ready: down.length === 0, down }) },
    metrics,
    federation: { view, registry },
    resources: { ...resources.routes, ...routes },
    pages: await PAGES,
    refusals: { record: recordRefusal ?? (async (...facts) => void refusals.push(...facts)) },
    limits: { perMinute: requestsPerMinute },
    isClosing: () => closing,
  });
  return { app, realm, metrics, view, registry, resources, refusals };
}
