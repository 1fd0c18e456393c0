import { Gauge, type Registry } from "prom-client";
import type { FederationView } from "./view.ts";

/** Who tells. */
export interface Teller {
  /** Code of the own instance. */
  readonly own: string;
  /** The hub hears every end and tells all; a spoke hears none but itself. */
  readonly isHub: boolean;
}

/**
 * Publishes the state of the links as it is at each scrape. A direction that nobody has reported counts as not up and not verified; but
 * what only another end can know is not told by a spoke, whose "unknown" would be taken for an outage.
 */
export function publishFederation(view: FederationView, registry: Registry, { own, isHub }: Teller, now: () => number = Date.now): void {
  // The broker is checked where it is, the sign-in is made by whose people sign in.
  const checked = () => view.status(now()).filter(({ target }) => isHub || target === own);
  const signedIn = () => view.status(now()).filter(({ source }) => isHub || source === own);
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[], collect: (this: Gauge<L>) => void) =>
    new Gauge({ name, help, labelNames, registers: [registry], collect() {
      this.reset();
      collect.call(this);
    } });
  const ends = ["source", "target"] as const;
  gauge("dive_v3_federation_link_up", "1 users of source can begin a sign-in at target, 0 they cannot", ends, function () {
    for (const { source, target, up } of checked()) this.set({ source, target }, Number(up));
  });
  gauge("dive_v3_federation_verification_success", "1 the last real sign-in of source's probe user at target succeeded, 0 it did not", ends, function () {
    for (const { source, target, verification } of signedIn()) this.set({ source, target }, Number(verification?.success ?? false));
  });
  gauge("dive_v3_idp_configured", "1 target's realm has source's broker and it is enabled, 0 it has not", ends, function () {
    for (const { source, target, brokerConfigured } of checked()) this.set({ source, target }, Number(brokerConfigured ?? false));
  });
  gauge("dive_v3_federation_latency_seconds", "Seconds that the last check (link) or sign-in (verification) took", [...ends, "check"] as const, function () {
    for (const { source, target, latencyMs } of checked()) if (latencyMs !== null) this.set({ source, target, check: "link" }, latencyMs / 1_000);
    for (const { source, target, verification } of signedIn()) if (verification?.latencyMs != null) this.set({ source, target, check: "verification" }, verification.latencyMs / 1_000);
  });
}
