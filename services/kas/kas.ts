import {
  closeInOrder, createClientAgent, createServiceMetrics, followFiles, HealthMonitor, loggerOptions, publishCertificateExpiry, refill, splitCertificates,
  type ServiceMetrics, type TlsIdentity,
} from "@dive/common";
import { createAuditTrail } from "@dive/common/audit";
import { BREAKER_LIMITS, Breaker, publishBreakers } from "@dive/common/breaker";
import { createProofVerifier, createRedisReplayStore } from "@dive/common/dpop";
import { createMongoConnection } from "@dive/common/mongodb";
import { createOpaClient } from "@dive/common/opa";
import { createRedisConnection } from "@dive/common/redis";
import { createRevocations } from "@dive/common/revocation";
import type { FastifyInstance } from "fastify";
import { createServer, equipServer } from "./app.ts";
import { federationSchema, type KasConfig } from "./config.ts";
import { healthParts, issuersProbe } from "./health.ts";
import { createCallerCheck } from "./identity/caller.ts";
import { createFederatedVerifier } from "./identity/trusted-issuers.ts";
import { keysProbe } from "./keys/keys-probe.ts";
import type { KasAuditRecord } from "./rewrap/audit-record.ts";

/** Collection of the audit records, in the instance's database. */
const AUDIT_COLLECTION = "kas_audit";

/** A KAS with its connections, ready to be started. */
export interface Kas {
  readonly app: FastifyInstance;
  /** Connects in the background and listens. Rejects only when the port cannot be had. */
  start(): Promise<void>;
  /** Lets requests end, then closes connections; resolves to the exit code. */
  stop(reason: string): Promise<number>;
}

/**
 * Wires the real parts together; nothing is opened before `start`.
 * @param env names the files with the partners, which are followed. Default: the partners stay those of `config`
 */
export async function createKas(config: KasConfig, env?: NodeJS.ProcessEnv): Promise<Kas> {
  const labels = { instance: config.INSTANCE_CODE, service: "kas" };
  const identity: TlsIdentity = { ca: splitCertificates(config.CA), client: { cert: config.CLIENT_CERT, key: config.CLIENT_KEY } };
  const app = createServer({ logger: loggerOptions({ ...labels, level: config.LOG_LEVEL }), https: { cert: config.TLS_CERT, key: config.TLS_KEY } });
  const metrics = createServiceMetrics();
  publishCertificateExpiry(config.TLS_CERT, { labels, registry: metrics.registry });

  // Keycloak asks for no client certificate, so it is not shown ours.
  const issuers = [...config.TRUSTED_ISSUERS];
  const authorityAt = (origin: string) => issuers.find(({ jwksUrl }) => new URL(jwksUrl).origin === origin)?.ca;
  const keycloakAgent = createClientAgent({ ca: (origin) => [authorityAt(origin) ?? identity.ca].flat() });
  const opaAgent = createClientAgent(identity);
  const opa = createOpaClient(config.OPA_URL, opaAgent);
  const mongodb = createMongoConnection({ url: config.MONGODB_URL, appName: "dive-kas", identity, logger: app.log, metrics });
  const redis = createRedisConnection({ name: "redis", url: config.REDIS_URL, password: config.REDIS_PASSWORD, ca: identity.ca, logger: app.log });
  const revocations = createRevocations({
    own: config.INSTANCE_CODE, federation: config.REVOCATION_FEDERATION, url: config.BLACKLIST_REDIS_URL, password: config.REDIS_PASSWORD_BLACKLIST,
    ca: config.BLACKLIST_CA === "" ? identity.ca : splitCertificates(config.BLACKLIST_CA), logger: app.log, registry: metrics.registry,
  });
  const tokens = createFederatedVerifier({ issuers: config.TRUSTED_ISSUERS, audience: config.OIDC_AUDIENCE, dispatcher: keycloakAgent, onLookup: (result) => metrics.cacheOperations.inc({ result }) });
  // Partners come and go while this process lives.
  const allowedOrigins = [...config.ALLOWED_ORIGINS];
  const following = env && followFiles({
    schema: federationSchema,
    logger: app.log,
    env,
    onChange({ TRUSTED_ISSUERS, REVOCATION_FEDERATION, ALLOWED_ORIGINS }) {
      refill(issuers, TRUSTED_ISSUERS);
      tokens.setIssuers(TRUSTED_ISSUERS);
      revocations.setOrigins(REVOCATION_FEDERATION.origins);
      refill(allowedOrigins, ALLOWED_ORIGINS);
    },
  });
  const audit = createAuditTrail<KasAuditRecord>({
    collection: () => mongodb.client.db().collection(AUDIT_COLLECTION),
    breaker: new Breaker({ name: "mongodb", ...BREAKER_LIMITS.mongodb, probe: (signal) => mongodb.ping(signal) }),
  });
  const breakers = [opa.breaker, audit.breaker];
  publishBreakers(breakers, metrics.registry);

  const parts = healthParts({
    keys: keysProbe(config.KEYSET),
    opa: (signal) => opa.probe(signal),
    mongodb: (signal) => mongodb.ping(signal),
    redis: (signal) => redis.ping(signal),
    blacklistRedis: (signal) => revocations.ping(signal),
    cache: issuersProbe(tokens.keySources),
  });
  const health = new HealthMonitor({ parts, onReport: (name, report) => publish(metrics, name, report) });
  let closing = false;
  await equipServer(app, {
    keyset: config.KEYSET,
    opa,
    audit,
    revocations,
    checkCaller: createCallerCheck({
      verifyToken: tokens.verify,
      verifyProof: createProofVerifier({ replays: createRedisReplayStore(redis.client, "kas:dpop:") }),
      publicUrl: config.PUBLIC_URL,
    }),
    health,
    metrics,
    breakers,
    allowedOrigins,
    requestsPerMinute: config.RATE_LIMIT_PER_MINUTE,
    rateLimitRedis: redis.client,
    isClosing: () => closing,
  });

  return {
    app,
    async start() {
      for (const part of [mongodb, redis, revocations, health, ...(following ? [following] : [])]) part.start();
      await app.listen({ port: config.PORT, host: config.BIND_ADDRESS });
    },
    stop(reason) {
      closing = true;
      following?.stop();
      health.stop();
      for (const breaker of breakers) breaker.stop();
      const steps = [
        { name: "http server", close: () => app.close() },
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
