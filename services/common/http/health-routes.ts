import type { BreakerReport } from "../breaker/index.ts";
import type { HealthMonitor } from "../index.ts";
import type { FastifyInstance } from "fastify";

/** What the health routes ask. */
export interface HealthRouteOptions {
  readonly health: Pick<HealthMonitor, "report" | "ready">;
  /** True once the process is shutting down: it is then not ready, so that nobody sends it new work. */
  readonly isClosing: () => boolean;
  /** The circuit breakers of the service, by name. Default: it has none. */
  readonly breakers?: () => Readonly<Record<string, BreakerReport>>;
}

/** Probes ask every few seconds: their requests are logged only when something is wrong. */
const QUIET = { logLevel: "warn" } as const;

/** `/live`, `/ready`, `/health` and `/health/detailed`; unhealthy and not ready are 503, degraded is 200. */
export function registerHealthRoutes(app: FastifyInstance, { health, isClosing, breakers = () => ({}) }: HealthRouteOptions): void {
  app.get("/live", QUIET, async () => ({ status: "live" }));

  app.get("/ready", QUIET, async (_request, reply) => {
    if (isClosing()) return reply.code(503).send({ status: "closing", down: [] });
    const { ready, down } = await health.ready();
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "not ready", down });
  });

  app.get("/health", QUIET, async (_request, reply) => {
    const { status } = await health.report();
    return reply.code(httpStatus(status)).send({ status, ...now() });
  });

  app.get("/health/detailed", QUIET, async (_request, reply) => {
    const { status, services } = await health.report();
    return reply.code(httpStatus(status)).send({ status, ...now(), services, circuitBreakers: breakers() });
  });
}

/** Time of the answer, and seconds since the process started. */
function now(): { timestamp: string; uptime: number } {
  return { timestamp: new Date().toISOString(), uptime: Math.round(process.uptime() * 1_000) / 1_000 };
}

function httpStatus(status: string): 200 | 503 {
  return status === "unhealthy" ? 503 : 200;
}
