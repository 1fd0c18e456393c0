import type { CheckKind, HealthFailure, LinkDirection, LinkHealth } from "@dive/common/federation";

/** The circuit that guards a partner's link, as it was at the last round. */
export interface CircuitView {
  /** Code of the partner. */
  readonly partner: string;
  readonly state: "CLOSED" | "HALF_OPEN" | "OPEN";
  readonly failures: number;
  readonly openedAt?: Date | undefined;
}

/** One direction of a link, as `/api/federation/status` tells it: the users of `source` sign in at `target`. */
export interface LinkStatus {
  readonly source: string;
  readonly target: string;
  readonly state: LinkDirection["state"];
  /** The last check succeeded and is not older than {@link STALE_MS}. */
  readonly up: boolean;
  readonly failure: HealthFailure | "unreported" | "stale" | null;
  readonly brokerConfigured: boolean | null;
  readonly checkedAt: string | null;
  readonly latencyMs: number | null;
  /** The instance that made the check. */
  readonly reportedBy: string | null;
  /** The last real sign-in. */
  readonly verification: {
    readonly success: boolean;
    readonly failure: HealthFailure | null;
    readonly at: string;
    readonly lastSuccessAt: string | null;
    readonly latencyMs: number | null;
    readonly reportedBy: string;
  } | null;
  /** The own circuit for the partner. */
  readonly circuit: { readonly state: CircuitView["state"]; readonly failures: number; readonly openedAt: string | null } | null;
}

/**
 * Age of a link's last check, in milliseconds, from which on it is not up any more. Three rounds at the longest interval, whatever the own
 * one is: partners report what they found at theirs, and one that answers slowly holds up a round.
 */
export const STALE_MS = 90_000;

/** What a backend knows of the links, kept in memory so that an outage of the database hides nothing of it. */
export class FederationView {
  #links: readonly LinkDirection[] = [];
  #health = new Map<string, LinkHealth>();
  #circuits = new Map<string, CircuitView>();

  /** Takes over what is recorded; a later result that is known already stays. */
  load(links: readonly LinkDirection[], health: readonly LinkHealth[]): void {
    this.#links = links;
    const there = new Set(links.map(({ source, target }) => `${source} ${target}`));
    for (const [key, { source, target }] of this.#health) if (!there.has(`${source} ${target}`)) this.#health.delete(key);
    for (const one of health) this.put(one);
  }

  put(health: LinkHealth): void {
    const key = keyOf(health.source, health.target, health.kind);
    const known = this.#health.get(key);
    if (known && known.checkedAt > health.checkedAt) return;
    // What this check did not see is still what was seen last.
    this.#health.set(key, { ...health, brokerConfigured: health.brokerConfigured ?? known?.brokerConfigured, latencyMs: health.latencyMs ?? known?.latencyMs, lastSuccessAt: health.failure === undefined ? health.checkedAt : (health.lastSuccessAt ?? known?.lastSuccessAt) });
  }

  putCircuit(circuit: CircuitView): void {
    this.#circuits.set(circuit.partner, circuit);
  }

  last(source: string, target: string, kind: CheckKind): LinkHealth | undefined {
    return this.#health.get(keyOf(source, target, kind));
  }

  /** Every direction as of `now` (ms since the epoch). */
  status(now: number): LinkStatus[] {
    return this.#links.map(({ source, target, partner, state }) => {
      const link = this.last(source, target, "link");
      const verification = this.last(source, target, "verification");
      const circuit = this.#circuits.get(partner);
      const failure = link === undefined ? "unreported" : (link.failure ?? (now - link.checkedAt.getTime() > STALE_MS ? "stale" : null));
      return {
        source, target, state,
        up: state === "ACTIVE" && failure === null,
        failure,
        brokerConfigured: link?.brokerConfigured ?? null,
        checkedAt: link?.checkedAt.toISOString() ?? null,
        latencyMs: link?.latencyMs ?? null,
        reportedBy: link?.reportedBy ?? null,
        verification: verification === undefined ? null : {
          success: verification.failure === undefined,
          failure: verification.failure ?? null,
          at: verification.checkedAt.toISOString(),
          lastSuccessAt: verification.lastSuccessAt?.toISOString() ?? null,
          latencyMs: verification.latencyMs ?? null,
          reportedBy: verification.reportedBy,
        },
        circuit: circuit === undefined ? null : { state: circuit.state, failures: circuit.failures, openedAt: circuit.openedAt?.toISOString() ?? null },
      };
    });
  }
}

function keyOf(source: string, target: string, kind: CheckKind): string {
  return `${source} ${target} ${kind}`;
}
