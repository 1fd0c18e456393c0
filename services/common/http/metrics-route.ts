import type { HealthMonitor, ServiceMetrics } from "../index.ts";
import type { FastifyInstance } from "fastify";

/** `/metrics` in Prometheus' text format. */
export function registerMetricsRoute(app: FastifyInstance, metrics: ServiceMetrics, health: Pick<HealthMonitor, "report">): void {
  app.get("/metrics", { logLevel: "warn" }, async (_request, reply) => {
    // Critical parts are checked at request time only: without this the metric would be as old as the last health request.
    await health.report();
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}
