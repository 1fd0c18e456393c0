import type { Queryable } from "./database.ts";

/** One direction of a federation link, as one instance's database has it: the users of `source` sign in at `target`. */
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

type Row = { source: string; target: string; state: string; up: boolean | null; verified: boolean | null; latency_ms: number | null; checked_at: Date | null; error: string | null };

/** The links that an instance knows of. @throws when its schema has no such tables */
export async function readLinks(db: Queryable): Promise<LinkState[]> {
  const { rows } = await db.query(
    `SELECT source, target, links.state, link.ok AS up, verification.ok AS verified, verification.latency_ms,
       greatest(link.checked_at, verification.checked_at) AS checked_at, coalesce(link.error, link.failure, verification.error, verification.failure) AS error
     FROM orchestration.federation_links AS links
     LEFT JOIN (SELECT * FROM orchestration.federation_health WHERE check_kind = 'link') AS link USING (source, target)
     LEFT JOIN (SELECT * FROM orchestration.federation_health WHERE check_kind = 'verification') AS verification USING (source, target)
     ORDER BY source, target`,
  );
  return (rows as Row[]).map(({ source, target, state, up, verified, latency_ms: latencyMs, checked_at: checkedAt, error }) => ({
    source, target, state,
    ...(up === null ? {} : { up }),
    ...(verified === null ? {} : { verified }),
    ...(latencyMs === null ? {} : { latencyMs }),
    ...(checkedAt === null ? {} : { checkedAt: checkedAt.toISOString() }),
    ...(error === null ? {} : { error }),
  }));
}

/** Both ends tell of the same direction: what was checked last counts. */
export function mergeLinks(all: readonly (readonly LinkState[])[]): LinkState[] {
  const byDirection = new Map<string, LinkState>();
  for (const link of all.flat()) {
    const key = `${link.source} ${link.target}`;
    const other = byDirection.get(key);
    if (other === undefined || (link.checkedAt ?? "") > (other.checkedAt ?? "")) byDirection.set(key, link);
  }
  return [...byDirection.values()].sort((a, b) => a.source.localeCompare(b.source) || a.target.localeCompare(b.target));
}
