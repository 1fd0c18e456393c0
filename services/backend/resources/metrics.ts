import { Counter, Histogram, type Registry } from "prom-client";

/** The metrics of the decisions on resources. */
export interface ResourceMetrics {
  /** Decisions: allow, deny, unavailable; and why. Reasons are a set, see docs/policy.md. */
  readonly decisions: Counter<"decision" | "reason">;
  /** Seconds that OPA took, failures included. */
  readonly latency: Histogram;
}

/** Makes them in the service's registry. */
export function createResourceMetrics(registry: Registry): ResourceMetrics {
  const registers = [registry];
  return {
    decisions: new Counter({ name: "dive_v3_authorization_decisions_total", help: "Decisions on requests", labelNames: ["decision", "reason"] as const, registers }),
    latency: new Histogram({
      name: "dive_v3_authorization_latency_seconds",
      help: "Seconds until the policy had decided",
      buckets: [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
  };
}
