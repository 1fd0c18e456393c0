import type { ClientBase } from "pg";
import { pendingMigrations, type Migration, type MigrationId } from "./migrations.ts";
import { codeOf } from "./connection.ts";
import { preflight, roomOnDisk, SCHEMA } from "./preflight.ts";

/** Key of the advisory lock that only one migration of a database can hold. */
export const LOCK_KEY = 1234567890;

/** Longest wait for the lock, or for any other in a migration, in seconds. */
export const LOCK_TIMEOUT_S = 60;

/** What a run did. */
export interface Migrated {
  /** The migrations that this run applied. */
  readonly applied: readonly string[];
  /** Every migration that the database has now. */
  readonly migrations: readonly MigrationId[];
  /** Tables of the schema before and after. */
  readonly tablesBefore: number;
  readonly tablesAfter: number;
}

/** Tells how a run goes on; for tests and logs. */
export type OnStep = (step: "locked" | "applying" | "applied", name: string) => void;

/**
 * Applies the migrations that the database still needs, each in a transaction of its own that holds the advisory lock: of any number of
 * runs at once exactly one applies each, and one that is killed leaves nothing behind. Running it again changes nothing.
 * @throws Error naming the migration, its line and what PostgreSQL said; those before it stay applied
 */
export async function migrate(client: ClientBase, migrations: readonly Migration[], onStep: OnStep = () => undefined): Promise<Migrated> {
  await preflight(client);
  const applied: string[] = [];
  let tablesBefore: number | undefined;
  for (;;) {
    const step = await inLockedTransaction(client, async () => {
      onStep("locked", "");
      await makeHistory(client);
      const before = await countTables(client);
      tablesBefore ??= before;
      const history = await readHistory(client);
      const [next] = pendingMigrations(migrations, history);
      if (next === undefined) return { history, tables: before };
      if (applied.length === 0) await roomOnDisk(client);
      onStep("applying", next.name);
      await apply(client, next, before);
      return { next };
    });
    if (step.next === undefined) return { applied, migrations: step.history, tablesBefore: tablesBefore!, tablesAfter: step.tables };
    applied.push(step.next.name);
    onStep("applied", step.next.name);
  }
}

/** What a database has. @throws when it has no history (`isGone`) */
export async function readHistory(client: ClientBase): Promise<MigrationId[]> {
  const { rows } = await client.query<MigrationId>(`SELECT number, name, sha256 FROM ${SCHEMA}.schema_migrations ORDER BY number`);
  return rows;
}

/** Tables of the schema. */
export async function countTables(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ count: number }>("SELECT count(*)::int AS count FROM pg_tables WHERE schemaname = $1", [SCHEMA]);
  return rows[0]!.count;
}

async function apply(client: ClientBase, { number, name, sha256, sql }: Migration, tablesBefore: number): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    const { message, position, detail } = error as { message: string; position?: string; detail?: string };
    const line = position === undefined ? "" : `, line ${sql.slice(0, Number(position) - 1).split("\n").length}`;
    throw new Error(`migration ${name}${line}: ${message}${detail ? ` (${detail})` : ""}; nothing of it was kept`, { cause: error });
  }
  const tablesAfter = await countTables(client);
  await client.query(
    `INSERT INTO ${SCHEMA}.schema_migrations (number, name, sha256, tables_before, tables_after) VALUES ($1, $2, $3, $4, $5)`,
    [number, name, sha256, tablesBefore, tablesAfter],
  );
}

async function makeHistory(client: ClientBase): Promise<void> {
  await client.query(`CREATE TABLE IF NOT EXISTS ${SCHEMA}.schema_migrations (
    number        integer     PRIMARY KEY CHECK (number > 0),
    name          text        NOT NULL UNIQUE,
    sha256        text        NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    applied_at    timestamptz NOT NULL DEFAULT now(),
    tables_before integer     NOT NULL,
    tables_after  integer     NOT NULL
  )`);
}

/** The lock goes with the transaction, so a killed run cannot leave it behind. A statement's time limit would cut the wait for it. */
async function inLockedTransaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
  try {
    await client.query(`SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '${LOCK_TIMEOUT_S}s'; SET LOCAL search_path = ${SCHEMA}, pg_temp; SET LOCAL client_min_messages = warning`);
    await lock(client);
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await rollBack(client, error);
    throw error;
  }
}

async function lock(client: ClientBase): Promise<void> {
  await client.query("SAVEPOINT unlocked");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK_KEY]);
  } catch (error) {
    if (codeOf(error) !== "55P03") throw error;
    await client.query("ROLLBACK TO SAVEPOINT unlocked");
    const { rows } = await client.query<{ holder: string }>(
      `SELECT format('process %s (%s), since %s', a.pid, a.application_name, a.xact_start) AS holder
       FROM pg_locks l JOIN pg_stat_activity a USING (pid)
       WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
         AND (l.classid::bigint << 32 | l.objid::bigint) = $1`,
      [LOCK_KEY],
    );
    const holder = rows.map((row) => row.holder).join(", ") || "one that has ended just now";
    throw new Error(`another migration holds advisory lock ${LOCK_KEY} for more than ${LOCK_TIMEOUT_S} s: ${holder}. Nothing was changed; run ./dive up again once it is through`, { cause: error });
  }
}

/** A connection that is gone has rolled back by itself; what went wrong is told by the first error. */
async function rollBack(client: ClientBase, first: unknown): Promise<void> {
  try {
    await client.query("ROLLBACK");
  } catch (error) {
    if (first instanceof Error && first.cause === undefined) first.cause = error;
  }
}
