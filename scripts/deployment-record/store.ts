/** Deployments in the orchestration database of their instance. */
import type { Queryable } from "./database.ts";
import type { Deployment } from "./record.ts";
import { leaseHolder } from "./leases.ts";

const date = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms));

/** Writes a deployment as it is now, in one transaction; what was written before is brought up to date. A deployment that has an end keeps it. */
export async function writeDeployment(db: Queryable, deployment: Deployment): Promise<void> {
  const { run, instance, failure, transitions, steps } = deployment;
  await db.query("BEGIN");
  try {
    const { rowCount } = await db.query(
      `INSERT INTO orchestration.deployments AS known (run, instance, stack, operation, source, holder, state, started_at, ended_at, failed_step, error_code, error_message)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
       ON CONFLICT (run, instance) DO UPDATE SET state = excluded.state, ended_at = excluded.ended_at,
         failed_step = excluded.failed_step, error_code = excluded.error_code, error_message = excluded.error_message
       WHERE known.ended_at IS NULL OR known.state = excluded.state`,
      [run, instance, deployment.stack, deployment.operation, deployment.source, deployment.holder, deployment.state, date(deployment.startedAt), date(deployment.endedAt), failure?.step ?? null, failure?.code ?? null, failure?.message ?? null],
    );
    if (rowCount === 1) {
      await db.query(
        `INSERT INTO orchestration.deployment_transitions (run, instance, sequence, from_state, to_state, at)
         SELECT $1, $2, * FROM unnest($3::smallint[], $4::text[], $5::text[], $6::timestamptz[]) ON CONFLICT (run, instance, sequence) DO NOTHING`,
        [run, instance, transitions.map((_, i) => i + 1), transitions.map(({ from }) => from), transitions.map(({ to }) => to), transitions.map(({ at }) => date(at))],
      );
      const rows = Object.entries(steps);
      const column = <T>(value: (step: (typeof rows)[number][1]) => T) => rows.map(([, step]) => value(step));
      await db.query(
        `INSERT INTO orchestration.deployment_steps (run, instance, step, resource, type, operation, phase, started_at, ended_at, result, error)
         SELECT $1, $2, * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[], $10::text[], $11::text[])
         ON CONFLICT (run, instance, step) DO UPDATE SET ended_at = excluded.ended_at, result = excluded.result, error = excluded.error`,
        [run, instance, rows.map(([key]) => key), column((s) => s.resource), column((s) => s.type), column((s) => s.operation), column((s) => s.phase),
          column((s) => date(s.startedAt)), column((s) => date(s.endedAt)), column((s) => s.result ?? null), column((s) => s.error ?? null)],
      );
    }
    await db.query("COMMIT");
  } catch (error) {
    await db.query("ROLLBACK").catch(() => undefined); // the connection may be what broke; the first error is the one to tell
    throw error;
  }
}

/**
 * Ends the deployments of an instance whose run is gone: all without an end, but for that of the run that holds the lease.
 * @param run our own run, which is alive
 * @returns how many there were
 */
export async function interruptAbandoned(db: Queryable, instance: string, run?: string): Promise<number> {
  const alive = [run, (await leaseHolder(db, instance))?.run].filter((one) => one !== undefined);
  const { rowCount } = await db.query(
    `WITH abandoned AS (
       SELECT run, instance, state FROM orchestration.deployments WHERE instance = $1 AND ended_at IS NULL AND run <> ALL ($2::uuid[]) FOR UPDATE
     ), transition AS (
       INSERT INTO orchestration.deployment_transitions (run, instance, sequence, from_state, to_state, at)
       SELECT run, instance, coalesce((SELECT max(sequence) FROM orchestration.deployment_transitions AS t WHERE (t.run, t.instance) = (abandoned.run, abandoned.instance)), 0) + 1, state, 'INTERRUPTED', now()
       FROM abandoned
     )
     UPDATE orchestration.deployments AS known SET state = 'INTERRUPTED', ended_at = greatest(now(), started_at) FROM abandoned
     WHERE (known.run, known.instance) = (abandoned.run, abandoned.instance)`,
    [instance, alive],
  );
  return rowCount ?? 0;
}

/** The last deployment of an instance, for people and scripts. */
export interface LastDeployment {
  instance: string;
  /** UNKNOWN when none was recorded. */
  state: string;
  /** ISO 8601. */
  startedAt?: string;
  /** From begin to end, or until now. */
  seconds?: number;
  /** Seconds in each state it passed. */
  phases: Record<string, number>;
  stack?: string;
  operation?: string;
  source?: string;
  holder?: string;
  failedStep?: string;
  errorCode?: string;
  errorMessage?: string;
}

type LastRow = Record<"state" | "stack" | "operation" | "source" | "holder", string> & Record<"failed_step" | "error_code" | "error_message", string | null> & { started_at: Date; seconds: number; phases: Record<string, number> | null };

/** Reads the last deployment of an instance. */
export async function lastDeployment(db: Queryable, instance: string): Promise<LastDeployment> {
  const { rows } = await db.query(
    `SELECT last.*, (SELECT value FROM orchestration.dive_v3_deployment_duration_seconds WHERE instance = last.instance) AS seconds,
       (SELECT json_object_agg(state, round(seconds::numeric, 3) ORDER BY entered_at) FROM orchestration.deployment_durations AS d WHERE (d.run, d.instance) = (last.run, last.instance)) AS phases
     FROM orchestration.deployments_latest_by_instance AS last WHERE instance = $1`,
    [instance],
  );
  const row = rows[0] as LastRow | undefined;
  if (row === undefined) return { instance, state: "UNKNOWN", phases: {} };
  const { state, stack, operation, source, holder, started_at: startedAt, seconds, phases } = row;
  const failure = row.failed_step === null ? {} : { failedStep: row.failed_step, errorCode: row.error_code ?? "", errorMessage: row.error_message ?? "" };
  return { instance, state, startedAt: startedAt.toISOString(), seconds, phases: phases ?? {}, stack, operation, source, holder, ...failure };
}
