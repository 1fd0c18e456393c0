import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** One file of the folder `migrations`. */
export interface Migration {
  /** Its place in the order, from 1. */
  readonly number: number;
  /** The file's name, e.g. `0001-circuit-breakers-errors-metrics.sql`. */
  readonly name: string;
  /** SHA-256 of the file, hex: an applied file must never change. */
  readonly sha256: string;
  readonly sql: string;
}

/** What the database and the state keep of a migration. */
export type MigrationId = Omit<Migration, "sql">;

/** Where the migrations are. */
export const MIGRATIONS_FOLDER = new URL("./migrations/", import.meta.url);

const FILE_NAME = /^(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.sql$/;
/** The transaction is the runner's: a file that ended it would be half applied when killed. `BEGIN` of PL/pgSQL has no semicolon. */
const TRANSACTION_CONTROL = /^\s*(BEGIN|COMMIT|ROLLBACK|ABORT|START\s+TRANSACTION)\b[^;\n]*;/im;

/**
 * Reads the migrations in their order. File convention: `NNNN-<name>.sql`, numbered from 0001 without a gap, plain SQL without transaction
 * control, every name qualified with its schema.
 * @throws Error naming the file that breaks the convention
 */
export function readMigrations(folder: URL = MIGRATIONS_FOLDER): Migration[] {
  const migrations = readdirSync(folder).sort().map((name) => {
    const number = Number(FILE_NAME.exec(name)?.[1]);
    if (Number.isNaN(number)) throw new Error(`migration ${name}: expected a name like 0001-words-in-lower-case.sql`);
    const sql = readFileSync(new URL(name, folder), "utf8");
    const control = TRANSACTION_CONTROL.exec(sql);
    if (control) throw new Error(`migration ${name}: must not control its transaction, got "${control[0].trim()}"`);
    return { number, name, sha256: createHash("sha256").update(sql).digest("hex"), sql };
  });
  migrations.forEach(({ number, name }, index) => {
    if (number !== index + 1) throw new Error(`migration ${name}: expected number ${String(index + 1).padStart(4, "0")}, for numbers follow each other without a gap`);
  });
  return migrations;
}

/**
 * The migrations that a database still needs.
 * @param applied what it has, in order
 * @throws Error when an applied file has changed or is missing, or the database is newer than the code
 */
export function pendingMigrations(migrations: readonly Migration[], applied: readonly MigrationId[]): Migration[] {
  for (const { number, name, sha256 } of applied) {
    const file = migrations[number - 1];
    if (file === undefined) throw new Error(`the database has migration ${name}, which this program does not know: it was migrated by a newer version. Deploy with that version or a later one`);
    if (file.name !== name) throw new Error(`migration ${number} was applied as ${name}, but is called ${file.name} here: an applied file must not be renamed`);
    if (file.sha256 !== sha256) throw new Error(`migration ${name} was changed after it was applied (SHA-256 was ${sha256}, is ${file.sha256}): put it back as it was and write a new migration instead`);
  }
  const missing = migrations.slice(0, Math.max(0, ...applied.map(({ number }) => number))).find(({ number }) => !applied.some((one) => one.number === number));
  if (missing) throw new Error(`migration ${missing.name} was never applied, though later ones were: orchestration.schema_migrations was altered by hand`);
  return migrations.slice(applied.length);
}
