import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { CacheResult } from "../token/key-source.ts";

/** The metrics every service has; names and labels are a contract with the alert rules and dashboards. */
export interface ServiceMetrics {
  /** Where further metrics are registered, and what `/metrics` prints. */
  readonly registry: Registry;
  /** 1 the part answers (also when slow), 0 it does not. Labels: component. */
  readonly serviceHealth: Gauge<"component">;
  /** Seconds of the last check. Labels: component. */
  readonly serviceResponse: Gauge<"component">;
  /** Requests answered. `route` is the pattern, never the address. */
  readonly httpRequests: Counter<"service" | "route" | "method" | "status">;
  /** Seconds from the first byte of the request to the end of the answer. */
  readonly httpDuration: Histogram<"service" | "route" | "method" | "status">;
  /** Tokens refused, by reason: the error code without its prefix, in lower case ("expired"). */
  readonly invalidTokens: Counter<"reason">;
  /** Looks into the cache of signing keys: hit, miss (fetched then) or failure. */
  readonly cacheOperations: Counter<"result">;
  /** Open connections of a database pool that are in use, idle, and at most. Labels: type (mongodb, postgres). */
  readonly dbConnectionsActive: Gauge<"type">;
  readonly dbConnectionsIdle: Gauge<"type">;
  readonly dbConnectionsMax: Gauge<"type">;
}

/** Makes the metrics in a registry of their own (no process-wide state, so tests can make many). */
export function createServiceMetrics({ processMetrics = true }: { readonly processMetrics?: boolean } = {}): ServiceMetrics {
  const registry = new Registry();
  const registers = [registry];
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) => new Gauge({ name, help, labelNames, registers });
  const http = ["service", "route", "method", "status"] as const;
  return {
    registry,
    serviceHealth: gauge("dive_v3_service_health", "1 the component answers (also when slow), 0 it does not", ["component"]),
    serviceResponse: gauge("dive_v3_service_response_seconds", "Seconds of the last check of the component", ["component"]),
    httpRequests: new Counter({ name: "dive_v3_http_requests_total", help: "Requests answered", labelNames: http, registers }),
    httpDuration: new Histogram({
      name: "dive_v3_http_request_duration_seconds",
      help: "Seconds to answer a request",
      labelNames: http,
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    invalidTokens: new Counter({ name: "dive_v3_invalid_tokens_total", help: "Tokens refused", labelNames: ["reason"] as const, registers }),
    cacheOperations: fromZero(
      new Counter({ name: "dive_v3_cache_operations_total", help: "Looks into the cache of signing keys", labelNames: ["result"] as const, registers }),
      (["hit", "miss", "failure"] satisfies CacheResult[]).map((result) => ({ result })),
    ),
    dbConnectionsActive: gauge("dive_v3_db_connections_active", "Connections of the pool in use", ["type"]),
    dbConnectionsIdle: gauge("dive_v3_db_connections_idle", "Connections of the pool not in use", ["type"]),
    dbConnectionsMax: gauge("dive_v3_db_connections_max", "Most connections the pool may open", ["type"]),
  };
}

/** Tells series of a counter from the start on: without a first 0, the first count of a process would be no increase. */
export function fromZero<L extends string>(counter: Counter<L>, series: readonly Record<L, string>[]): Counter<L> {
  for (const labels of series) counter.inc(labels, 0);
  return counter;
}
