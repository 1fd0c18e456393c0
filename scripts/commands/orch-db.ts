import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FieldDef, QueryArrayResult } from "pg";
import { AccessReader, type AccessByCode } from "../deployment-record/access.ts";
import type { Connection } from "../deployment-record/database.ts";
import { readOverview } from "../deployment-record/overview.ts";
import { connector } from "../deployment-record/open.ts";
import { codesOf } from "../deployment-record/owners.ts";
import { readTopology } from "../deployment-record/topology.ts";
import { DiveError, EXIT, messageOf } from "../errors.ts";
import { readingHandle } from "../environment/reading.ts";
import { findPaths, type Paths } from "../paths.ts";
import type { StackHandle } from "../state.ts";
import { renderTable } from "../table.ts";
import { deploymentCells } from "./status.ts";

/** How long `orch-db init` tries to connect, in seconds. */
const INIT_TIMEOUT_S = 20;

/** What `orch-db status` tells of one instance. */
interface DatabaseStatus {
  instance: string;
  /** Where it answers, or would. */
  address: string;
  /** Version of PostgreSQL; undefined when it does not answer. */
  version?: string;
  /** Name of the last migration that was applied. */
  migration?: string;
  /** Rows of each table. */
  tables: Record<string, number>;
  error?: string;
}

/** `dive orch-db status`: each instance's orchestration database, its tables and its last deployment. @returns 1 when one does not answer */
export async function orchDbStatus(stack: string, options: { json?: true }): Promise<number> {
  const { handle, paths, access, open } = await openDatabases(stack);
  const overview = await readOverview(handle, paths);
  const databases = await Promise.all(Object.entries(access).map(([code, one]) => askDatabase(code, `${one.host}:${one.port}`, () => open(one, "reader"))));
  if (options.json) process.stdout.write(`${JSON.stringify({ databases, deployments: overview.instances }, undefined, 2)}\n`);
  else {
    const rows = databases.map(({ instance, address, version, migration, tables, error }) => [instance, address, version ?? "does not answer", migration ?? "", error ?? Object.entries(tables).map(([name, count]) => `${name} ${count}`).join(", ")]);
    process.stdout.write(`${renderTable(["Instance", "Address", "PostgreSQL", "Last migration", "Tables and rows"], rows)}\n\n`);
    process.stdout.write(`${renderTable(["Instance", "Deployment", "Started", "Took", "Phases", "Detail"], overview.instances.map(deploymentCells))}\n`);
  }
  return databases.every(({ version }) => version !== undefined) ? EXIT.ok : EXIT.failed;
}

async function askDatabase(instance: string, address: string, open: () => Promise<Connection>): Promise<DatabaseStatus> {
  let db: Connection | undefined;
  try {
    db = await open();
    const { rows: versions } = await db.query("SELECT current_setting('server_version') AS version");
    const { rows: names } = await db.query("SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'orchestration' AND table_type = 'BASE TABLE' ORDER BY 1");
    const tables: Record<string, number> = {};
    for (const { name } of names as { name: string }[]) {
      const { rows } = await db.query(`SELECT count(*)::int AS count FROM orchestration."${name}"`);
      tables[name] = (rows[0] as { count: number }).count;
    }
    const applied = "schema_migrations" in tables ? await db.query("SELECT name FROM orchestration.schema_migrations ORDER BY number DESC LIMIT 1") : { rows: [] };
    const migration = (applied.rows[0] as { name: string } | undefined)?.name;
    return { instance, address, version: (versions[0] as { version: string }).version, ...(migration === undefined ? {} : { migration }), tables };
  } catch (error) {
    return { instance, address, tables: {}, error: messageOf(error) };
  } finally {
    await db?.end();
  }
}

/**
 * `dive orch-db init`: applies what migrations each database still needs, as `up` does; twice changes nothing.
 * @throws DiveError when one cannot be migrated, after the others were
 */
export async function orchDbInit(stack: string, options: { json?: true }): Promise<void> {
  const { handle, access } = await openDatabases(stack);
  const [{ withConnection }, { migrate }, { readMigrations }, { limitReader }, caCertificate] = await Promise.all([
    import("../../dynamic/orchestration-schema/connection.ts"),
    import("../../dynamic/orchestration-schema/migrate.ts"),
    import("../../dynamic/orchestration-schema/migrations.ts"),
    import("../../dynamic/orchestration-schema/reader.ts"),
    readFile(join(handle.env["CAROOT"]!, "rootCA.pem"), "utf8"),
  ]);
  const ended = await Promise.allSettled(
    Object.entries(access).map(async ([instance, { host, port, database, owner, reader }]) => {
      const login = { host, port, database, caCertificate };
      const done = await withConnection({ ...login, ...owner }, INIT_TIMEOUT_S, (client) => migrate(client, readMigrations()));
      await withConnection({ ...login, ...reader }, INIT_TIMEOUT_S, limitReader);
      return { instance, applied: done.applied, version: done.migrations.length, tablesBefore: done.tablesBefore, tablesAfter: done.tablesAfter };
    }),
  );
  const done = ended.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  if (options.json) process.stdout.write(`${JSON.stringify(done, undefined, 2)}\n`);
  else {
    const rows = done.map(({ instance, applied, version, tablesBefore, tablesAfter }) => [instance, applied.join(", ") || "nothing was missing", version, tablesBefore, tablesAfter]);
    process.stdout.write(`${renderTable(["Instance", "Applied", "Schema version", "Tables before", "after"], rows)}\n`);
  }
  const failed = ended.flatMap((one, i) => (one.status === "rejected" ? [`${Object.keys(access)[i]}: ${messageOf(one.reason)}`] : []));
  if (failed.length > 0) throw new DiveError(failed.join("\n"));
}

/**
 * `dive orch-db query <sql>`: runs it as the role orchestration_reader, which may write nothing.
 * @param options.instance code of the instance to ask; the hub by default
 * @throws DiveError with the server's answer when it refuses
 */
export async function orchDbQuery(stack: string, sql: string, options: { json?: true; instance?: string }): Promise<void> {
  const { access, open, first } = await openDatabases(stack);
  const code = options.instance?.toUpperCase() ?? first;
  const one = access[code];
  if (one === undefined) throw new DiveError(`Stack ${stack} has no orchestration database of instance "${code}". There is: ${Object.keys(access).join(", ")}.`, EXIT.usage);
  const db = await open(one, "reader");
  try {
    const answers = await db.query({ text: sql, rowMode: "array" }).catch((cause: unknown) => {
      throw new DiveError(`The orchestration database of ${code} refused: ${messageOf(cause)}`, EXIT.failed, { cause });
    });
    for (const { fields, rows } of [answers].flat() as QueryArrayResult<unknown[]>[]) print(fields, rows, options.json);
  } finally {
    await db.end();
  }
}

function print(fields: readonly FieldDef[], rows: readonly unknown[][], json: true | undefined): void {
  if (json) return void process.stdout.write(`${JSON.stringify(rows.map((row) => Object.fromEntries(fields.map(({ name }, i) => [name, row[i]]))), undefined, 2)}\n`);
  process.stdout.write(`${renderTable(fields.map(({ name }) => name), rows.map((row) => row.map(cell)))}\n`);
}

function cell(value: unknown): string {
  if (value === null) return "";
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** How to reach the databases of a stack. */
interface Databases {
  handle: StackHandle;
  paths: Paths;
  access: AccessByCode;
  open: Awaited<ReturnType<typeof connector>>;
  /** Code of the instance that is asked when none is named: the hub, else the first spoke. */
  first: string;
}

/** @throws DiveError when the stack has none */
async function openDatabases(stack: string): Promise<Databases> {
  const paths = findPaths();
  const none = () => new DiveError(`Stack ${stack} has no orchestration database yet: ./dive up`);
  const handle = await readingHandle(paths, stack);
  if (handle === undefined) throw none();
  const [access, open, topology] = await Promise.all([new AccessReader(handle).read(), connector(handle), readTopology(paths, stack)]);
  const first = codesOf(topology).find((code) => access[code] !== undefined) ?? Object.keys(access)[0];
  if (first === undefined) throw none();
  return { handle, paths, access, open, first };
}
