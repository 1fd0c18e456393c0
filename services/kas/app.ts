import type { ServerOptions } from "node:https";
import cors from "@fastify/cors";
import rateLimit, { type RateLimitPluginOptions } from "@fastify/rate-limit";
import { DiveError, type HealthMonitor, type ServiceMetrics } from "@dive/common";
import type { AuditTrail } from "@dive/common/audit";
import { breakerReports, type Breaker } from "@dive/common/breaker";
import { applyErrorAnswers, applyRequestFacts, registerHealthRoutes, registerMetricsRoute, requestId } from "@dive/common/http";
import fastify, { type FastifyInstance, type FastifyServerOptions } from "fastify";
import type { CallerCheck } from "./identity/caller.ts";
import { createKasMetrics } from "./metrics.ts";
import { createRoutePolicies } from "./plugins/proof-of-possession.ts";
import type { KasAuditRecord } from "./rewrap/audit-record.ts";
import { registerPublicKeyRoute } from "./routes/public-key-route.ts";
import { registerRewrapRoute, type RewrapRouteOptions } from "./routes/rewrap-route.ts";

/** How the bare server is made. */
export interface ServerShell {
  /** Logger settings, see `loggerOptions`. Default: no log. */
  readonly logger?: FastifyServerOptions["logger"];
  /** Certificate and key of the server. Default: plain HTTP, which only tests by injection use. */
  readonly https?: ServerOptions;
}

/** Everything the routes need from outside; tests give stand-ins, `kas.ts` the real ones. */
export interface AppParts extends Omit<RewrapRouteOptions, "metrics"> {
  readonly checkCaller: CallerCheck;
  readonly audit: Pick<AuditTrail<KasAuditRecord>, "record">;
  readonly health: Pick<HealthMonitor, "report" | "ready">;
  readonly metrics: ServiceMetrics;
  readonly breakers: readonly Breaker[];
  /** Origins of the pages that may call, `https://localhost:4000`. */
  readonly allowedOrigins: readonly string[];
  /** Where calls are counted. Default: in this process, for tests. */
  readonly rateLimitRedis?: RateLimitPluginOptions["redis"];
  /** True once the process is shutting down. Default: never. */
  readonly isClosing?: () => boolean;
}

/** Largest request, in bytes: a request token with 100 keys. */
const LARGEST_BODY = 300_000;

/** The bare server: its log serves the clients that are made before the routes. */
export function createServer({ logger = false, https }: ServerShell = {}): FastifyInstance {
  return fastify({
    https: https === undefined ? null : { minVersion: "TLSv1.2", ...https },
    logger,
    genReqId: requestId,
    exposeHeadRoutes: false,
    bodyLimit: LARGEST_BODY,
    requestTimeout: 30_000,
    // fastify's types tell http and https servers apart; nothing here needs to.
  }) as unknown as FastifyInstance;
}

/** Puts policies, errors and routes on the server; requests can then be injected without listening. */
export async function equipServer(app: FastifyInstance, parts: AppParts): Promise<FastifyInstance> {
  const { checkCaller, audit, health, metrics, breakers, allowedOrigins, rateLimitRedis, isClosing = () => false } = parts;
  const kasMetrics = createKasMetrics(metrics.registry);
  applyRequestFacts(app, "kas", metrics);
  applyErrorAnswers(app);
  const enforcePolicy = createRoutePolicies(app, { checkCaller, audit, metrics, kasMetrics });
  // CORS comes before the check, so that a partner's page can read a refusal, too.
  await app.register(cors, {
    // Asked each time: partners come and go.
    origin: (origin, answer) => answer(null, origin !== undefined && allowedOrigins.includes(origin)),
    methods: ["GET", "POST"],
    allowedHeaders: ["authorization", "content-type", "dpop", "x-request-id"],
    exposedHeaders: ["retry-after", "www-authenticate", "x-request-id"],
    maxAge: 600,
  });
  app.addHook("onRequest", enforcePolicy);
  await app.register(rateLimit, {
    global: false,
    nameSpace: "kas:rate:",
    ...(rateLimitRedis === undefined ? {} : { redis: rateLimitRedis }),
    errorResponseBuilder: (_request, { after }) =>
      new DiveError(`Too many requests; try again in ${after}.`, { code: "DIVE_ERR_RATE_LIMIT", statusCode: 429 }),
  });

  registerHealthRoutes(app, { health, isClosing, breakers: () => breakerReports(breakers) });
  registerMetricsRoute(app, metrics, health);
  registerPublicKeyRoute(app, parts.keyset);
  registerRewrapRoute(app, { ...parts, metrics: kasMetrics });
  return app;
}
