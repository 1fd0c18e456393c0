import type { CircuitSnapshot } from "@dive/common/circuit";
import type { CheckKind, LinkDirection, LinkHealth } from "@dive/common/federation";

/** Milliseconds after which a link's last check says nothing any more: three rounds of the backends' prober. */
export const STALE_MS = 90_000;

/** What one instance's database tells. */
export interface SiteRecord {
  readonly code: string;
  readonly links: readonly LinkDirection[];
  readonly health: readonly LinkHealth[];
  readonly circuits: readonly CircuitSnapshot[];
}

/** One check as `federation status` shows it. */
export interface CheckResult {
  readonly ok: boolean;
  readonly failure: string | null;
  readonly error: string | null;
  readonly checkedAt: string;
  readonly lastSuccessAt: string | null;
  readonly latencyMs: number | null;
  readonly reportedBy: string;
}

/** One direction as `federation status` shows it: the users of `source` sign in at `target`. */
export interface DirectionStatus {
  readonly source: string;
  readonly target: string;
  readonly state: string;
  /** Active, checked lately, and found well; before the first check, signed in through lately. */
  readonly up: boolean;
  readonly link: CheckResult | null;
  /** The last real sign-in. */
  readonly verification: CheckResult | null;
  /** The circuit at `target` that guards its checks of `source`. */
  readonly circuit: { readonly state: string; readonly failures: number; readonly openedAt: string | null; readonly until: string | null; readonly lastError: string | null; readonly rejected: number } | null;
}

/** Brings together what several databases tell of the same links: of each check what was seen last counts. */
export function mergeSites(sites: readonly SiteRecord[], now: number): DirectionStatus[] {
  const directions = new Map(sites.flatMap(({ links }) => links).map((link) => [`${link.source} ${link.target}`, link]));
  const sorted = [...directions.values()].sort((a, b) => `${a.source} ${a.target}`.localeCompare(`${b.source} ${b.target}`));
  return sorted.map(({ source, target, state }) => {
    const link = latest(sites, source, target, "link");
    const circuit = sites.find(({ code }) => code === target)?.circuits.find(({ key }) => key.instance === source);
    const verification = latest(sites, source, target, "verification");
    const isFresh = (check: CheckResult) => now - Date.parse(check.checkedAt) <= STALE_MS;
    // Until the prober has made its first round, the sign-in that `up` ends with is what is known, and it goes by all that the check looks at.
    const known = link ?? verification;
    return {
      source, target, state,
      up: state === "ACTIVE" && known !== null && isFresh(known) && known.ok,
      link: link !== null && link.ok && !isFresh(link) ? { ...link, ok: false, failure: "stale" } : link,
      verification,
      circuit: circuit === undefined ? null : {
        state: circuit.state, failures: circuit.failures, openedAt: circuit.openedAt?.toISOString() ?? null, until: circuit.until?.toISOString() ?? null,
        lastError: circuit.lastError ?? null, rejected: circuit.rejected,
      },
    };
  });
}

function latest(sites: readonly SiteRecord[], source: string, target: string, kind: CheckKind): CheckResult | null {
  const found = sites.flatMap(({ health }) => health).filter((one) => one.source === source && one.target === target && one.kind === kind);
  const last = found.sort((a, b) => b.checkedAt.getTime() - a.checkedAt.getTime() || Number(b.error !== undefined) - Number(a.error !== undefined))[0];
  if (last === undefined) return null;
  return {
    ok: last.failure === undefined, failure: last.failure ?? null, error: last.error ?? null, checkedAt: last.checkedAt.toISOString(),
    lastSuccessAt: last.lastSuccessAt?.toISOString() ?? null, latencyMs: last.latencyMs ?? null, reportedBy: last.reportedBy,
  };
}
