import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { ServiceMetrics } from "../index.ts";
import type { FastifyInstance } from "fastify";

/** The caller's `x-request-id` if it is harmless in a log, else a new one. */
export function requestId(request: IncomingMessage): string {
  const given = request.headers["x-request-id"];
  return typeof given === "string" && /^[\w.-]{8,64}$/.test(given) ? given : randomUUID();
}

/** Adds what every answer has: request id, headers that keep browsers strict, and its count and duration in the metrics. */
export function applyRequestFacts(app: FastifyInstance, service: string, metrics: ServiceMetrics): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.headers({
      "x-request-id": request.id,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
    });
  });
  app.addHook("onResponse", async (request, reply) => {
    // The pattern, not the address: an address is the caller's choice and would make endless series.
    const route = request.routeOptions.url ?? "unknown";
    const labels = { service, route, method: request.method, status: String(reply.statusCode) };
    metrics.httpRequests.inc(labels);
    metrics.httpDuration.observe(labels, reply.elapsedTime / 1_000);
  });
}
