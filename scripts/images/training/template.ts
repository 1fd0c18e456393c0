import { docker } from "../docker-cli.ts";

/** The only table whose rows the template keeps: which migrations its schema has. */
const HISTORY = "databasechangelog";

/**
 * Takes the schema of a migrated Keycloak database, and its version history, as SQL.
 * @param container a running PostgreSQL with the database `keycloak`
 */
export async function dumpTemplate(container: string): Promise<string> {
  const dump = (...args: string[]) =>
    docker(["exec", container, "pg_dump", "--username=postgres", "--no-owner", "--no-privileges", "--restrict-key=dive", ...args, "keycloak"]);
  const schema = await dump("--schema-only");
  const history = await dump("--data-only", `--table=public.${HISTORY}`);
  assertOnlyHistory(schema + history);
  return `${schema}\n${history}\n`;
}

/** @throws Error when SQL puts rows anywhere but into the version history */
export function assertOnlyHistory(sql: string): void {
  const filled = [...sql.matchAll(/^(?:COPY|INSERT INTO)\s+(\S+)/gm)].map((match) => match[1]!);
  const wrong = filled.filter((table) => table !== `public.${HISTORY}`);
  if (wrong.length > 0) throw new Error(`Keycloak's template must hold rows of public.${HISTORY} alone (no realm, no key, no user); it fills ${wrong.join(", ")}`);
  if (filled.length === 0) throw new Error(`Keycloak's template must hold the rows of public.${HISTORY}: without them Keycloak would migrate again; there are none`);
}

/** One row: names of tables that have rows, in one text. Counts for real, statistics would lie. */
const FILLED_TABLES = `
  SELECT coalesce(string_agg(table_name, ' ' ORDER BY table_name), '') FROM information_schema.tables
  WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
  AND (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM public.%I', table_name), false, true, '')))[1]::text::bigint > 0`;

/**
 * Copies the template of a running PostgreSQL image and looks into each table of the copy.
 * @throws Error naming the tables that hold rows and must not
 */
export async function verifyTemplate(container: string): Promise<void> {
  const psql = (database: string, sql: string) =>
    docker(["exec", container, "psql", "--no-psqlrc", "--username=postgres", `--dbname=${database}`, "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", `--command=${sql}`]);
  await psql("postgres", "CREATE DATABASE looked_into TEMPLATE keycloak_template");
  const filled = (await psql("looked_into", FILLED_TABLES)).trim();
  await psql("postgres", "DROP DATABASE looked_into");
  if (filled !== HISTORY) throw new Error(`Keycloak's template database must have rows in ${HISTORY} alone (no realm, no key, no user); it has rows in: ${filled || "no table"}`);
}
