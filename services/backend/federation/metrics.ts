import { Gauge, type Registry } from "prom-client";
import type { FederationView } from "./view.ts";

/** Publishes the state of the links as it is at each scrape. A direction that nobody has reported counts as not up and not verified. */
export function publishFederation(view: FederationView, registry: Registry, now: () => number = Date.now): void {
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[], collect: (this: Gauge<L>) => void) =>
    new Gauge({ name, help, labelNames, registers: [registry], collect() {
      this.reset();
      collect.call(this);
    } });
  const ends = ["source", "target"] as const;
  gauge("dive_v3_federation_link_up", "1 users of source can begin a sign-in at target, 0 they cannot", ends, function () {
    for (const { source, target, up } of view.status(now())) this.set({ source, target }, Number(up));
  });
  gauge("dive_v3_federation_verification_success", "1 the last real sign-in of source's probe user at target succeeded, 0 it did not", ends, function () {
    for (const { source, target, verification } of view.status(now())) this.set({ source, target }, Number(verification?.success ?? false));
  });
  gauge("dive_v3_idp_configured", "1 target's realm has source's broker and it is enabled, 0 it has not", ends, function () {
    for (const { source, target, brokerConfigured } of view.status(now())) this.set({ source, target }, Number(brokerConfigured ?? false));
  });
  gauge("dive_v3_federation_latency_seconds", "Seconds that the last check (link) or sign-in (verification) took", [...ends, "check"] as const, function () {
    for (const { source, target, latencyMs, verification } of view.status(now())) {
      if (latencyMs !== null) this.set({ source, target, check: "link" }, latencyMs / 1_000);
      if (verification?.latencyMs != null) this.set({ source, target, check: "verification" }, verification.latencyMs / 1_000);
    }
  });
}
