import type { Queryable } from "./database.ts";

/** One direction of a federation link: the users of `source` sign in at `target`. */
export interface LinkState {
  source: string;
  target: string;
  /** PENDING, ACTIVE or STOPPED. */
  state: string;
  /** Whether discovery, keys and the broker's redirect were there; undefined when never checked. */
  up?: boolean;
  /** Whether the last real sign-in succeeded; undefined when there was none. */
  verified?: boolean;
  /** Milliseconds of that sign-in. */
  latencyMs?: number;
  /** ISO 8601, of the newest of the two. */
  checkedAt?: string;
  /** What is wrong with the check, else with the sign-in. */
  error?: string;
}

/** A check of a direction as one instance's database has it. */
export interface Checked {
  readonly ok: boolean;
  readonly at: Date;
  readonly latencyMs: number | null;
  readonly error: string | null;
}

/** One direction as one instance's database has it; null: it knows of no such check. */
export interface RecordedLink extends Pick<LinkState, "source" | "target" | "state"> {
  readonly link: Checked | null;
  readonly verification: Checked | null;
}

type Row = { source: string; target: string; state: string; check_kind: "link" | "verification" | null; ok: boolean; checked_at: Date; latency_ms: number | null; error: string | null };

/** The links that an instance knows of. @throws when its schema has no such tables */
export async function readLinks(db: Queryable): Promise<RecordedLink[]> {
  const { rows } = await db.query(
    `SELECT source, target, state, check_kind, ok, checked_at, latency_ms, coalesce(error, failure) AS error
     FROM orchestration.federation_links LEFT JOIN orchestration.federation_health USING (source, target) ORDER BY source, target`,
  );
  const links = new Map<string, RecordedLink>();
  for (const { source, target, state, check_kind: kind, ok, checked_at: at, latency_ms: latencyMs, error } of rows as Row[]) {
    const known = links.get(`${source} ${target}`) ?? { source, target, state, link: null, verification: null };
    links.set(`${source} ${target}`, kind === null ? known : { ...known, [kind]: { ok, at, latencyMs, error } });
  }
  return [...links.values()];
}

/** Both ends tell of the same direction, and each may know of a check that the other does not: of each check the last one counts. */
export function mergeLinks(all: readonly (readonly RecordedLink[])[]): LinkState[] {
  const byDirection = Map.groupBy(all.flat(), ({ source, target }) => `${source} ${target}`);
  return [...byDirection.values()].map(merged).sort((a, b) => a.source.localeCompare(b.source) || a.target.localeCompare(b.target));
}

function merged(told: readonly RecordedLink[]): LinkState {
  const { source, target, state } = told[0]!;
  const link = last(told.map((one) => one.link));
  const verification = last(told.map((one) => one.verification));
  const checkedAt = last([link, verification].filter((one) => one !== undefined))?.at.toISOString();
  const error = link?.error ?? verification?.error;
  return {
    source, target, state,
    ...(link === undefined ? {} : { up: link.ok }),
    ...(verification === undefined ? {} : { verified: verification.ok }),
    ...(verification?.latencyMs == null ? {} : { latencyMs: verification.latencyMs }),
    ...(checkedAt === undefined ? {} : { checkedAt }),
    ...(error == null ? {} : { error }),
  };
}

/** Of two of the same time, the one that says what is wrong. */
function last(checks: readonly (Checked | null)[]): Checked | undefined {
  return checks.filter((one) => one !== null).sort((a, b) => b.at.getTime() - a.at.getTime() || Number(b.error !== null) - Number(a.error !== null))[0];
}
