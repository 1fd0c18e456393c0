import type { ServerOptions } from "node:https";
import type { HealthMonitor, ServiceMetrics } from "@dive/common";
import { applyErrorAnswers, applyRequestFacts, declareRoutePolicies, registerHealthRoutes, registerMetricsRoute, requestId } from "@dive/common/http";
import fastify, { type FastifyInstance, type FastifyServerOptions } from "fastify";
import type { AlertLog } from "./alerts/alert-log.ts";
import type { CurrentAlerts } from "./alerts/current-alerts.ts";
import { countAlerts } from "./metrics.ts";
import { registerAlertRoutes } from "./routes/alert-routes.ts";
import { enforcementOf, type Credentials } from "./routes/enforcement.ts";
import { POLICY_ORDER, ROUTE_POLICIES } from "./routes/policies.ts";

/** How the bare server is made. */
export interface ServerShell {
  /** Logger settings, see `loggerOptions`. Default: no log. */
  readonly logger?: FastifyServerOptions["logger"];
  /** Certificate and key of the server. Default: plain HTTP, which only tests by injection use. */
  readonly https?: ServerOptions;
}

/** Everything the routes need from outside. */
export interface AppParts {
  readonly log: AlertLog;
  readonly current: CurrentAlerts;
  readonly credentials: Credentials;
  readonly health: Pick<HealthMonitor, "report" | "ready">;
  readonly metrics: ServiceMetrics;
  /** True once the process is shutting down. Default: never. */
  readonly isClosing?: () => boolean;
}

/** Largest notification, in bytes: hundreds of alerts with their annotations. */
const LARGEST_BODY = 1_048_576;

/** The bare server. */
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
export async function equipServer(app: FastifyInstance, { log, current, credentials, health, metrics, isClosing = () => false }: AppParts): Promise<FastifyInstance> {
  applyRequestFacts(app, "alert-receiver", metrics);
  applyErrorAnswers(app);
  app.addHook("onRequest", declareRoutePolicies(app, { policies: ROUTE_POLICIES, order: POLICY_ORDER, enforce: enforcementOf(credentials) }));
  registerHealthRoutes(app, { health, isClosing });
  registerMetricsRoute(app, metrics, health);
  registerAlertRoutes(app, log, current, countAlerts(metrics.registry));
  return app;
}
