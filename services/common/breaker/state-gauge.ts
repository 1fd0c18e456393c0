import { Gauge, type Registry } from "prom-client";
import type { BreakerState } from "./breaker.ts";

/** Labels: `service` for breakers of one process, `circuit` and `instance` for those that processes share. */
export type CircuitStateGauge = Gauge<"service" | "circuit" | "instance">;
type Collect = (gauge: CircuitStateGauge, values: Readonly<Record<BreakerState, number>>) => void | Promise<void>;

const VALUES: Readonly<Record<BreakerState, number>> = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 };

/** A name can be registered once, and two kinds of breakers share it. */
const collectors = new WeakMap<Registry, Collect[]>();

/** Adds a source of `dive_v3_circuit_breaker_state`, asked at each scrape. */
export function collectCircuitStates(registry: Registry, collect: Collect): void {
  const known = collectors.get(registry);
  if (known !== undefined) return void known.push(collect);
  const own = [collect];
  collectors.set(registry, own);
  new Gauge({
    name: "dive_v3_circuit_breaker_state",
    help: "0 closed, 1 half-open, 2 open",
    labelNames: ["service", "circuit", "instance"] as const,
    registers: [registry],
    async collect() {
      await Promise.all(own.map((one) => one(this, VALUES)));
    },
  });
}
