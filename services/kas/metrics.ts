import { fromZero } from "@dive/common";
import { Counter, Histogram, type Registry } from "prom-client";

/** What becomes of a key that is asked for. */
const KEY_RESULTS = ["permit", "deny", "unavailable", "refused"] as const;

/** The metrics that only a KAS has. */
export interface KasMetrics {
  /** Keys asked for, by what became of them: permit, deny, unavailable; and requests refused before any key was looked at: refused. */
  readonly keyRequests: Counter<"result">;
  /** Seconds from the checked token to the answer. */
  readonly duration: Histogram;
  /** Decisions of the policy, as in the backend. */
  readonly decisions: Counter<"decision" | "reason">;
}

/** Makes them in the service's registry. */
export function createKasMetrics(registry: Registry): KasMetrics {
  const registers = [registry];
  return {
    keyRequests: fromZero(
      new Counter({ name: "dive_v3_kas_key_requests_total", help: "Keys asked for", labelNames: ["result"] as const, registers }),
      KEY_RESULTS.map((result) => ({ result })),
    ),
    duration: new Histogram({
      name: "dive_v3_kas_request_duration_seconds",
      help: "Seconds to answer a rewrap request",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    decisions: new Counter({ name: "dive_v3_authorization_decisions_total", help: "Decisions on requests", labelNames: ["decision", "reason"] as const, registers }),
  };
}
