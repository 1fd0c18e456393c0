import { Gauge, type Registry } from "prom-client";
import type { Breaker, BreakerReport, BreakerState } from "./breaker.ts";

const VALUES: Readonly<Record<BreakerState, number>> = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 };

/** Publishes `dive_v3_circuit_breaker_state{service}`: 0 closed, 1 half-open, 2 open; read at each scrape. */
export function publishBreakers(breakers: readonly Breaker[], registry: Registry): void {
  new Gauge({
    name: "dive_v3_circuit_breaker_state",
    help: "0 closed, 1 half-open, 2 open",
    labelNames: ["service"] as const,
    registers: [registry],
    collect() {
      for (const breaker of breakers) this.set({ service: breaker.name }, VALUES[breaker.state]);
    },
  });
}

/** The `circuitBreakers` of `/health/detailed`, by name. */
export function breakerReports(breakers: readonly Breaker[]): Readonly<Record<string, BreakerReport>> {
  return Object.fromEntries(breakers.map((breaker) => [breaker.name, breaker.report()]));
}
