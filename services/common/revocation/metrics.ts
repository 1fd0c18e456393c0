import { Counter, Gauge, type Registry } from "prom-client";
import { fromZero } from "../telemetry/metrics.ts";
import { REVOCATION_KINDS, type Revocation } from "./entry.ts";
import type { RevocationView } from "./view.ts";

/** Publishes dive_v3_revocation_view_age_seconds and dive_v3_revocations_total{kind}; the result counts a revocation made here. */
export function publishRevocations(view: RevocationView, registry: Registry): (kind: Revocation["kind"]) => void {
  new Gauge({
    name: "dive_v3_revocation_view_age_seconds",
    help: "Seconds since this service last knew every revocation",
    registers: [registry],
    collect() {
      this.set(view.ageMs / 1_000);
    },
  });
  const made = fromZero(
    new Counter({ name: "dive_v3_revocations_total", help: "Revocations made here", labelNames: ["kind"] as const, registers: [registry] }),
    REVOCATION_KINDS.map((kind) => ({ kind })),
  );
  return (kind) => made.inc({ kind });
}
