import type { ServerOptions } from "node:https";
import multipart from "@fastify/multipart";
import type { HealthMonitor, ServiceMetrics, TokenVerifier } from "@dive/common";
import type { AuditTrail } from "@dive/common/audit";
import type { BreakerReport } from "@dive/common/breaker";
import fastify, { type FastifyInstance, type FastifyServerOptions } from "fastify";
import { applyErrorAnswers } from "./plugins/errors.ts";
import { registerOpenApi } from "./plugins/openapi.ts";
import { createRefusalRecorder, type RefusalRecord } from "./plugins/refusal-record.ts";
import { applyRequestFacts, requestId } from "./plugins/request-facts.ts";
import { applyRequestLimits, type RequestLimits } from "./plugins/request-limits.ts";
import { applyRoutePolicies } from "./plugins/route-policy.ts";
import { registerFederationRoutes, type FederationRouteOptions } from "./routes/federation-routes.ts";
import { registerHealthRoutes } from "./routes/health-routes.ts";
import { registerMetricsRoute } from "./routes/metrics-route.ts";
import { registerPageRoutes } from "./routes/page-route.ts";
import { registerResourceRoutes, type ResourceRouteOptions } from "./routes/resource-routes.ts";
import { registerRevocationRoutes, type RevocationRouteOptions } from "./routes/revocation-routes.ts";
import { registerUploadRoute, type UploadRouteOptions } from "./routes/upload-route.ts";
import { registerWhoAmIRoute } from "./routes/whoami-route.ts";
import type { Pages } from "./web/pages.ts";

/** How the bare server is made. */
export interface ServerShell {
  /** Logger settings, see `loggerOptions`. Default: no log. */
  readonly logger?: FastifyServerOptions["logger"];
  /** Certificate and key of the server. Default: plain HTTP, which only tests by injection use. */
  readonly https?: ServerOptions;
}

/** Everything the routes need from outside; tests give stand-ins, `backend.ts` the real ones. */
export interface AppParts {
  /** Code of the instance ("USA"). */
  readonly instanceCode: string;
  readonly verifyToken: TokenVerifier;
  readonly revocation: RevocationRouteOptions;
  readonly health: Pick<HealthMonitor, "report" | "ready">;
  readonly metrics: ServiceMetrics;
  /** The circuit breakers of this process, by name. Default: none. */
  readonly breakers?: () => Readonly<Record<string, BreakerReport>>;
  readonly federation: Omit<FederationRouteOptions, "instanceCode">;
  readonly resources: ResourceRouteOptions & Omit<UploadRouteOptions, "instanceCode">;
  /** Where refusals are recorded. */
  readonly refusals: Pick<AuditTrail<RefusalRecord>, "record">;
  readonly limits: RequestLimits;
  readonly pages: Pages;
  /** True once the process is shutting down. Default: never. */
  readonly isClosing?: () => boolean;
}

/** The bare server: its log serves the clients that are made before the routes. */
export function createServer({ logger = false, https }: ServerShell = {}): FastifyInstance {
  return fastify({
    https: https === undefined ? null : { minVersion: "TLSv1.2", ...https },
    logger,
    genReqId: requestId,
    // Each HEAD route would need a policy of its own, and nothing here is asked for by HEAD.
    exposeHeadRoutes: false,
    // Uploads, which are read as they come, have a limit of their own.
    bodyLimit: 65_536,
    // 100 MiB must come in by then.
    requestTimeout: 300_000,
    // Who stops sending or reading for that long is not waited for: a transfer has one of few places.
    connectionTimeout: 120_000,
    // What a body or a path may not hold is refused, not dropped or turned into something that fits.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: false } },
    // fastify's types tell http and https servers apart; nothing here needs to.
  }) as unknown as FastifyInstance;
}

/** Puts policies, errors and routes on the server; requests can then be injected without listening. */
export async function equipServer(app: FastifyInstance, parts: AppParts): Promise<FastifyInstance> {
  const { instanceCode, verifyToken, revocation, health, metrics, breakers, federation, resources, refusals, limits, pages, isClosing = () => false } = parts;
  applyRequestFacts(app, "backend", metrics);
  applyErrorAnswers(app, createRefusalRecorder(refusals));
  applyRoutePolicies(app, { verifyToken, revocations: revocation.revocations, metrics });
  await applyRequestLimits(app, limits);
  await registerOpenApi(app, instanceCode);
  // Too large a file is the upload's to refuse: it must also stop reading.
  await app.register(multipart, { throwFileSizeLimit: false });

  registerPageRoutes(app, pages);
  registerHealthRoutes(app, { health, isClosing, ...(breakers ? { breakers } : {}) });
  registerMetricsRoute(app, metrics, health);
  registerWhoAmIRoute(app);
  await registerRevocationRoutes(app, revocation);
  registerFederationRoutes(app, { instanceCode, ...federation });
  registerResourceRoutes(app, resources);
  registerUploadRoute(app, { instanceCode, ...resources });
  return app;
}
