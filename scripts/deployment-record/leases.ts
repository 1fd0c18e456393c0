/** The lease on an instance: one row, changed by compare-and-set only, judged by the database's own clock. */
import { isGone, type Identity } from "./identity.ts";
import type { Queryable } from "./database.ts";

/** How long a lease holds without being renewed, in seconds. */
export const LEASE_S = 60;

/** How often a running deployment renews it, in milliseconds: two renewals may fail. */
export const RENEW_MS = 20_000;

/** Somebody else's lease. */
export interface Held {
  readonly instance: string;
  readonly run: string;
  readonly holder: string;
  readonly until: Date;
}

type Row = { run: string; holder: string; machine: string; pid: number; pid_started: string; expires_at: Date };

/**
 * Takes the lease of an instance, or renews our own. One that has expired is anybody's, and so is one whose process was of this
 * machine and is gone.
 * @returns undefined when it is ours, else whose it is
 */
export async function takeLease(db: Queryable, instance: string, run: string, own: Identity): Promise<Held | undefined> {
  let dead: string | undefined;
  for (;;) {
    // A row of another run is replaced only if it is expired, or still the very one whose process we saw dead.
    const { rowCount } = await db.query(
      `INSERT INTO orchestration.leases AS lease (instance, run, holder, machine, pid, pid_started, acquired_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, now(), now() + make_interval(secs => $7))
       ON CONFLICT (instance) DO UPDATE SET run = excluded.run, holder = excluded.holder, machine = excluded.machine, pid = excluded.pid, pid_started = excluded.pid_started,
         acquired_at = CASE WHEN lease.run = excluded.run THEN lease.acquired_at ELSE excluded.acquired_at END, expires_at = excluded.expires_at
       WHERE lease.run = excluded.run OR lease.expires_at <= now() OR lease.run = $8`,
      [instance, run, own.holder, own.machine, own.pid, own.pidStarted, LEASE_S, dead ?? null],
    );
    if (rowCount === 1) return undefined;
    const row = await leaseRow(db, instance);
    if (row === undefined || row.run === run) continue; // given back meanwhile
    if (row.run !== dead && (await isGone({ machine: row.machine, pid: row.pid, pidStarted: row.pid_started }))) dead = row.run;
    else return { instance, run: row.run, holder: row.holder, until: row.expires_at };
  }
}

/** Gives our lease back; another's is left alone. */
export async function releaseLease(db: Queryable, instance: string, run: string): Promise<void> {
  await db.query("DELETE FROM orchestration.leases WHERE instance = $1 AND run = $2", [instance, run]);
}

/** The run that holds the lease now, if it holds and its process is not known to be gone. */
export async function leaseHolder(db: Queryable, instance: string): Promise<Held | undefined> {
  const row = await leaseRow(db, instance, "AND expires_at > now()");
  if (row === undefined || (await isGone({ machine: row.machine, pid: row.pid, pidStarted: row.pid_started }))) return undefined;
  return { instance, run: row.run, holder: row.holder, until: row.expires_at };
}

async function leaseRow(db: Queryable, instance: string, more = ""): Promise<Row | undefined> {
  const { rows } = await db.query(`SELECT run, holder, machine, pid, pid_started, expires_at FROM orchestration.leases WHERE instance = $1 ${more}`, [instance]);
  return rows[0] as Row | undefined;
}
