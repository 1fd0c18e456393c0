import { describeError, type Logger, type ServiceMetrics } from "@dive/common";
import { PersistentCircuitBreaker, PostgresCircuitStore, publishCircuits, readSnapshots } from "@dive/common/circuit";
import { LINK_CIRCUIT, LinkStore } from "@dive/common/federation";
import { createPostgresPool } from "@dive/common/postgres";
import type { BackendConfig } from "../config.ts";
import { authorityOf, type PartnerBackend } from "../resources/partners.ts";
import { LinkProber, type OwnRealm } from "./link-prober.ts";
import { publishFederation } from "./metrics.ts";
import { fetchPartnerReport } from "./partner-report.ts";
import type { SpokeRegistry } from "./registry.ts";
import { Retention } from "./retention.ts";
import { FederationView } from "./view.ts";

/** What {@link createFederation} needs. */
export interface FederationOptions {
  readonly config: BackendConfig;
  /** The list that follows who the partners are. */
  readonly partners: readonly PartnerBackend[];
  /** Our authorities, PEM. */
  readonly ca: readonly string[];
  readonly logger: Logger;
  readonly metrics: ServiceMetrics;
  /** The hub's list of spokes. */
  readonly registry: Pick<SpokeRegistry, "activate">;
}

/** The federation's side of a backend. */
export interface Federation {
  readonly view: FederationView;
  start(): void;
  stop(): Promise<void>;
}

/** Wires prober, record and metrics together; nothing is opened before `start`. */
export function createFederation({ config, partners, ca, logger, metrics, registry }: FederationOptions): Federation {
  const { hostname, port, pathname, username } = new URL(config.ORCHESTRATION_DATABASE_URL);
  const pool = createPostgresPool({
    host: hostname, port: Number(port || 5432), database: pathname.slice(1), username: decodeURIComponent(username), password: config.ORCHESTRATION_DATABASE_PASSWORD,
    ca, applicationName: "dive-backend", logger, metrics,
  });
  const authorities = (code: string) => authorityOf(partners.find((partner) => partner.code === code), ca);
  const view = new FederationView();
  const circuits = new PostgresCircuitStore(pool);
  const prober = new LinkProber({
    own: ownRealm(config),
    store: new LinkStore(pool, config.INSTANCE_CODE),
    view,
    breakerFor: (instance) => new PersistentCircuitBreaker({ key: { name: LINK_CIRCUIT, instance }, store: circuits }),
    // Only the hub's partners are spokes: it merges what they report.
    reportOf: async (partner, signal) => (partner.role === "spoke" ? fetchPartnerReport(partner, config.INSTANCE_CODE, authorities(partner.code), signal) : []),
    onActive: (code) => registry.activate(code),
    authorities,
    logger,
    intervalMs: config.FEDERATION_PROBE_INTERVAL_S * 1_000,
    verificationMs: config.FEDERATION_VERIFICATION_INTERVAL_S * 1_000,
  });
  const retention = new Retention(pool, logger);
  publishFederation(view, metrics.registry, { own: config.INSTANCE_CODE, isHub: config.REVOCATION_FEDERATION.hub === config.INSTANCE_CODE.toLowerCase() });
  const onError = (error: unknown) => logger.warn({ component: "federation", event: "circuit_unavailable", error: describeError(error) }, "the circuits cannot be read");
  publishCircuits(() => readSnapshots(new PostgresCircuitStore(pool.once), LINK_CIRCUIT), metrics.registry, onError);
  return {
    view,
    start() {
      prober.start();
      retention.start();
    },
    async stop() {
      await Promise.all([prober.stop(), retention.stop()]);
      await pool.close();
    },
  };
}

/** An issuer is `<public base of Keycloak>/realms/<realm>`. */
function ownRealm(config: BackendConfig): OwnRealm {
  const [publicBase, realm] = config.OIDC_ISSUER.split("/realms/") as [string, string];
  return {
    code: config.INSTANCE_CODE, publicBase, realm, issuer: config.OIDC_ISSUER, clientId: config.OIDC_CLIENT_ID, redirectUri: `${config.PUBLIC_URL}/callback`,
    internalUrl: config.KEYCLOAK_URL, probeUser: { username: config.FEDERATION_PROBE_USERNAME, password: config.FEDERATION_PROBE_PASSWORD },
  };
}
