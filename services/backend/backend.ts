import type { Server as TlsServer } from "node:tls";
import {
  closeInOrder, createClientAgent, createIntrospection, createKeySource, createServiceMetrics, createTokenVerifier, followFiles, HealthMonitor, loggerOptions,
  publishCertificateExpiry, refill, splitCertificates, withIntrospection,
  type ServiceMetrics, type TlsIdentity,
} from "@dive/common";
import { BREAKER_LIMITS, Breaker, breakerReports, publishBreakers } from "@dive/common/breaker";
import { createRedisReplayStore } from "@dive/common/dpop";
import { createOpaClient } from "@dive/common/opa";
import { createLogoutTokenVerifier, createRevocations } from "@dive/common/revocation";
import type { FastifyInstance } from "fastify";
import { createServer, equipServer } from "./app.ts";
import { equipExchange } from "./exchange.ts";
import { createKeycloakProbe } from "./clients/keycloak-probe.ts";
import { createMongoConnection } from "./clients/mongodb-client.ts";
import { createRedisConnection } from "./clients/redis-client.ts";
import { federationSchema, type BackendConfig } from "./config.ts";
import { createFederation } from "./federation/federation.ts";
import { createSpokeRegistry } from "./federation/registry.ts";
import { cacheProbe, healthParts, opaProbe } from "./health/parts.ts";
import { exchangeAuthorities, type PartnerBackend } from "./resources/partners.ts";
import { createResources } from "./resources/resources.ts";
import { readPages } from "./web/pages.ts";
import { portalSettings } from "./web/portal-settings.ts";

/** A backend with its connections, ready to be started. */
export interface Backend {
  readonly app: FastifyInstance;
  /** Connects in the background and listens. Rejects only when a port cannot be had. */
  start(): Promise<void>;
  /** Lets requests end, then closes connections; resolves to the exit code. */
  stop(reason: string): Promise<number>;
}

/**
 * Wires the real parts together; nothing is opened before `start`.
 * @param env names the files with the partners, which are followed. Default: the partners stay those of `config`
 */
export async function createBackend(config: BackendConfig, env?: NodeJS.ProcessEnv): Promise<Backend> {
  const identity: TlsIdentity = { ca: splitCertificates(config.CA), client: { cert: config.CLIENT_CERT, key: config.CLIENT_KEY } };
  const server = { cert: config.TLS_CERT, key: config.TLS_KEY };
  const logger = loggerOptions({ service: "backend", instance: config.INSTANCE_CODE, level: config.LOG_LEVEL });
  const app = createServer({ logger, https: server });
  // Apart from people's port: a browser that is asked for a certificate asks its user.
  const exchangeTls = (partners: readonly PartnerBackend[]) => ({ ...server, ca: exchangeAuthorities(partners, identity.ca), requestCert: true, rejectUnauthorized: true });
  const exchange = createServer({ logger, https: exchangeTls(config.FEDERATION_PARTNERS) });
  const metrics = createServiceMetrics();
  publishCertificateExpiry(config.TLS_CERT, { labels: { instance: config.INSTANCE_CODE, service: "backend" }, registry: metrics.registry });

  // Keycloak asks for no client certificate, so it is not shown ours.
  const keycloakAgent = createClientAgent({ ca: identity.ca });
  const opaAgent = createClientAgent(identity);
  const keys = createKeySource({ url: config.OIDC_JWKS_URL, dispatcher: keycloakAgent, onLookup: (result) => metrics.cacheOperations.inc({ result }) });
  const keycloakProbe = createKeycloakProbe({ url: config.KEYCLOAK_URL, managementUrl: config.KEYCLOAK_MANAGEMENT_URL, dispatcher: keycloakAgent });
  const keycloakBreaker = new Breaker({ name: "keycloak", ...BREAKER_LIMITS.keycloak, probe: keycloakProbe });
  const tokens = { issuer: config.OIDC_ISSUER, audience: config.OIDC_AUDIENCE };
  const introspection = { ...tokens, url: config.OIDC_INTROSPECTION_URL, clientId: config.OIDC_AUDIENCE, clientSecret: config.OIDC_INTROSPECTION_SECRET, dispatcher: keycloakAgent, breaker: keycloakBreaker };
  const verifierOf = (bound: { readonly acceptBound?: boolean }) =>
    withIntrospection(createTokenVerifier({ ...tokens, ...bound, getKey: keys.getKey }), createIntrospection({ ...introspection, ...bound }), config.OIDC_ISSUER);
  const mongodb = createMongoConnection({ url: config.MONGODB_URL, appName: "dive-backend", identity, logger: app.log, metrics });
  const shared = { ca: identity.ca, logger: app.log };
  const redis = createRedisConnection({ ...shared, name: "redis", url: config.REDIS_URL, password: config.REDIS_PASSWORD });
  const revocations = createRevocations({
    ...shared, ...(config.BLACKLIST_CA === "" ? {} : { ca: splitCertificates(config.BLACKLIST_CA) }), own: config.INSTANCE_CODE, federation: config.REVOCATION_FEDERATION, url: config.BLACKLIST_REDIS_URL, password: config.REDIS_PASSWORD_BLACKLIST,
    registry: metrics.registry,
  });

  const registry = createSpokeRegistry(() => mongodb.client.db());
  // Partners come and go while this process lives; everybody below holds these lists and looks into them when asked.
  const partners = [...config.FEDERATION_PARTNERS];
  const logoutClients = [...config.LOGOUT_CLIENT_IDS];
  const codesOf = ({ origins }: BackendConfig["REVOCATION_FEDERATION"]) => origins.map(({ origin }) => origin.toUpperCase());
  const codes = codesOf(config.REVOCATION_FEDERATION);
  const following = env && followFiles({
    schema: federationSchema,
    logger: app.log,
    env,
    onChange({ FEDERATION_PARTNERS, LOGOUT_CLIENT_IDS, REVOCATION_FEDERATION, BLACKLIST_USERS_REVISION }) {
      if (BLACKLIST_USERS_REVISION !== "") revocations.reloadUsers();
      refill(partners, FEDERATION_PARTNERS);
      (exchange.server as unknown as TlsServer).setSecureContext(exchangeTls(partners));
      refill(logoutClients, LOGOUT_CLIENT_IDS);
      refill(codes, codesOf(REVOCATION_FEDERATION));
      revocations.setOrigins(REVOCATION_FEDERATION.origins);
    },
  });
  const federation = createFederation({ config, partners, ca: identity.ca, logger: app.log, metrics, registry });
  const opa = createOpaClient(config.OPA_URL, opaAgent);
  const resources = createResources({ config, partners, identity, mongodb, opa, revocation: revocations, metrics, logger: app.log });
  const breakers = [opa.breaker, keycloakBreaker, ...resources.breakers];
  publishBreakers(breakers, metrics.registry);

  const parts = healthParts({
    mongodb: (signal) => mongodb.ping(signal),
    opa: opaProbe(opa),
    keycloak: keycloakProbe,
    kas: resources.kasProbe,
    redis: (signal) => redis.ping(signal),
    blacklistRedis: (signal) => revocations.ping(signal),
    cache: cacheProbe(keys),
  });
  const health = new HealthMonitor({ parts, onReport: (name, report) => publish(metrics, name, report) });
  const limits = { perMinute: config.RATE_LIMIT_PER_MINUTE };
  let closing = false;
  await equipServer(app, {
    instanceCode: config.INSTANCE_CODE,
    verifyToken: verifierOf({}),
    revocation: {
      revocations,
      // Whoever names a token in a body does not use it: one that is bound to a key can be revoked as well.
      verifySentToken: verifierOf({ acceptBound: true }),
      verifyLogoutToken: createLogoutTokenVerifier({
        issuer: config.OIDC_ISSUER, clientIds: logoutClients, getKey: keys.getKey, replays: createRedisReplayStore(redis.client, "backend:logout:"),
      }),
      codes,
    },
    health,
    metrics,
    breakers: () => breakerReports(breakers),
    federation: { view: federation.view, registry },
    resources: resources.routes,
    pages: await readPages(portalSettings({
      code: config.INSTANCE_CODE, issuer: config.OIDC_ISSUER, clientId: config.OIDC_CLIENT_ID, kasUrl: config.KAS_PUBLIC_URL, partners: config.FEDERATION_PARTNERS,
      members: config.REVOCATION_FEDERATION.origins.map(({ origin }) => origin.toUpperCase()),
    })),
    refusals: resources.refusals,
    limits,
    isClosing: () => closing,
  });
  await equipExchange(exchange, { instanceCode: config.INSTANCE_CODE, partners, ownAuthorities: identity.ca, metrics, refusals: resources.refusals, limits, ...resources.routes });

  return {
    app,
    async start() {
      for (const part of [mongodb, redis, revocations, health, federation, resources, ...(following ? [following] : [])]) part.start();
      // Who joined while this process was away is let in, too.
      if (config.BLACKLIST_USERS_REVISION !== "") revocations.reloadUsers();
      await app.listen({ port: config.PORT, host: config.BIND_ADDRESS });
      await exchange.listen({ port: config.EXCHANGE_PORT, host: config.BIND_ADDRESS });
    },
    stop(reason) {
      closing = true;
      following?.stop();
      health.stop();
      for (const breaker of breakers) breaker.stop();
      const steps = [
        { name: "http server", close: () => app.close() },
        { name: "exchange server", close: () => exchange.close() },
        { name: "federation", close: () => federation.stop() },
        { name: "resources", close: () => resources.stop() },
        { name: "mongodb", close: () => mongodb.close() },
        { name: "redis", close: () => redis.close() },
        { name: "blacklistRedis", close: () => revocations.close() },
        { name: "http clients", close: () => Promise.all([keycloakAgent.destroy(), opaAgent.destroy()]) },
      ];
      return closeInOrder({ reason, steps, logger: app.log });
    },
  };
}

/** A slow part counts as 1: it answers. How slow is the other metric. */
function publish(metrics: ServiceMetrics, component: string, report: { status: string; responseTimeMs: number }): void {
  metrics.serviceHealth.set({ component }, report.status === "down" ? 0 : 1);
  metrics.serviceResponse.set({ component }, report.responseTimeMs / 1_000);
}
