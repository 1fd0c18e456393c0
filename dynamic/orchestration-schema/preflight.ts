import type { ClientBase } from "pg";
import { codeOf } from "./connection.ts";

/** Oldest major version that the migrations are written and tested for. */
export const OLDEST_VERSION = 17;

/** The schema that everything lives in; another resource makes it. */
export const SCHEMA = "orchestration";

/** Room that must be left for a migration, in MiB. */
export const ROOM_MIB = 32;

interface Facts {
  version: string;
  number: number;
  recovering: boolean;
  read_only: string;
  encoding: string;
  may_create: boolean | null;
}

/**
 * Whether this server can be migrated at all: new enough, a primary that takes writes, UTF-8, and with the schema. Changes nothing.
 * @throws Error listing everything that is in the way
 */
export async function preflight(client: ClientBase): Promise<void> {
  const { rows } = await client.query<Facts>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number, pg_is_in_recovery() AS recovering,
       current_setting('transaction_read_only') AS read_only, current_setting('server_encoding') AS encoding,
       (SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = $1) AS may_create`,
    [SCHEMA],
  );
  const { version, number, recovering, read_only: readOnly, encoding, may_create: mayCreate } = rows[0]!;
  const problems = [
    ...(number < OLDEST_VERSION * 10_000 ? [`PostgreSQL ${version} is too old, ${OLDEST_VERSION} or newer is needed`] : []),
    ...(recovering ? ["the server is in recovery or a standby, and takes no writes"] : []),
    ...(!recovering && readOnly === "on" ? ["its transactions are read only"] : []),
    ...(encoding !== "UTF8" ? [`its encoding is ${encoding}, expected UTF8`] : []),
    ...(mayCreate === null ? [`it has no schema ${SCHEMA}`] : []),
    ...(mayCreate === false ? [`this user may make nothing in schema ${SCHEMA}`] : []),
  ];
  if (problems.length > 0) throw new Error(`the database cannot be migrated: ${problems.join("; ")}. Nothing was changed`);
}

/**
 * Whether there is room on the disk of the database. SQL cannot ask for free space, so {@link ROOM_MIB} are allocated for a moment: in a
 * temporary table, which is not written ahead (a full disk of the write-ahead log would end the server, not this statement). It says
 * nothing about a log on another disk. Call it in a transaction.
 * @throws Error with the size of the database
 */
export async function roomOnDisk(client: ClientBase, mib = ROOM_MIB): Promise<void> {
  await client.query("SAVEPOINT room");
  let full: unknown;
  try {
    await client.query("CREATE TEMPORARY TABLE dive_room (filler text STORAGE EXTERNAL) ON COMMIT DROP");
    await client.query("INSERT INTO dive_room SELECT repeat('x', 1024 * 1024) FROM generate_series(1, $1)", [mib]);
  } catch (error) {
    if (codeOf(error) !== "53100") throw error;
    full = error;
  }
  await client.query("ROLLBACK TO SAVEPOINT room");
  if (full === undefined) return;
  const { rows } = await client.query<{ size: string }>("SELECT pg_size_pretty(pg_database_size(current_database())) AS size");
  throw new Error(`the database cannot be migrated: less than ${mib} MiB are left on its disk, of which it uses ${rows[0]!.size} itself. Nothing was changed; make room and run ./dive up again`, { cause: full });
}
