import type { Registry } from "prom-client";
import type { Breaker, BreakerReport } from "./breaker.ts";
import { collectCircuitStates } from "./state-gauge.ts";

/** Publishes `dive_v3_circuit_breaker_state{service}`: 0 closed, 1 half-open, 2 open; read at each scrape. */
export function publishBreakers(breakers: readonly Breaker[], registry: Registry): void {
  collectCircuitStates(registry, (gauge, values) => {
    for (const breaker of breakers) gauge.set({ service: breaker.name }, values[breaker.state]);
  });
}

/** The `circuitBreakers` of `/health/detailed`, by name. */
export function breakerReports(breakers: readonly Breaker[]): Readonly<Record<string, BreakerReport>> {
  return Object.fromEntries(breakers.map((breaker) => [breaker.name, breaker.report()]));
}
