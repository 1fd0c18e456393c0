import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { type PostgresCase, type PostgresSubject, type PostgresWorld, withRole } from "./world.ts";

const replaces = "provider's resource_postgresql_grant: ForceNew; resources.go: DeleteBeforeReplace";
const updates = "provider's resource_postgresql_grant: no ForceNew";
const unimportable = "provider's resource_postgresql_grant: no Importer";
const inApp = ({ world }: PostgresSubject, text: string) => world.sql(text, { database: "app" });
const tables = { objectType: "table", privileges: ["SELECT", "INSERT"] };
const database = { objectType: "database", schema: undefined, privileges: ["CONNECT"] };

const cases: readonly PostgresCase[] = [
  { does: "create", name: "on a schema, as the program's", source: "components/parts/postgres.ts; the id is the parts joined by _", effect: (seen, { name, stored }) => expect([seen, stored?.id]).toEqual([["schema USAGE"], `${name}_app_app_schema`]) },
  { does: "create", name: "on a database", source: "provider: generateGrantID", given: database, effect: (seen, { name, stored }) => expect([seen, stored?.id]).toEqual([["database CONNECT"], `${name}_app_database`]) },
  { does: "create", name: "on all tables", source: "documentation of objects: none means all", given: tables, effect: (seen, { name, stored }) => expect([seen, stored?.id]).toEqual([["docs INSERT", "docs SELECT", "notes INSERT", "notes SELECT"], `${name}_app_app_table`]) },
  { does: "create", name: "on some tables", source: "provider: the objects, sorted, end the id", given: { ...tables, objects: ["notes", "docs"] }, effect: (_seen, { name, stored }) => expect(stored?.id).toBe(`${name}_app_app_table_docs_notes`) },
  { does: "create", name: "on sequences, to be passed on", source: "documentation of withGrantOption", given: { objectType: "sequence", withGrantOption: true }, effect: ["ids USAGE*"] },
  { does: "create", name: "of nothing, to everybody", source: "documentation of role and privileges: public loses what it has", prepare: async ({ world, name }) => void (await world.sql(`CREATE DATABASE "${name}"`)),
    given: ({ name }) => ({ role: "public", database: name, objectType: "database", schema: undefined, privileges: [] }), effect: async (_seen, { world, name }) =>
      expect(await world.sql("SELECT has_database_privilege('public', $1, 'CONNECT') AS may", {}, [name])).toEqual([{ may: false }]) },
  { does: "change", name: "privileges", source: updates, given: tables, change: { privileges: ["SELECT", "DELETE"] }, verdict: { "privileges[1]": "UPDATE" }, effect: ["docs DELETE", "docs SELECT", "notes DELETE", "notes SELECT"] },
  { does: "change", name: "privileges' order", source: "schema: a set", given: tables, change: { privileges: ["INSERT", "SELECT"] }, verdict: {} },
  { does: "change", name: "role", source: replaces, prepare: withRole("_b"), change: ({ name }) => ({ role: `${name}_b` }), verdict: { role: "UPDATE_REPLACE" }, effect: (seen, { name, stored }) => expect([seen, stored?.id]).toEqual([["schema USAGE"], `${name}_b_app_app_schema`]) },
  { does: "change", name: "database", source: replaces, given: database, change: { database: "postgres" }, verdict: { database: "UPDATE_REPLACE" } },
  { does: "change", name: "schema", source: replaces, prepare: async (subject) => void (await inApp(subject, `CREATE SCHEMA "${subject.name}"`)), change: ({ name }) => ({ schema: name }), verdict: { schema: "UPDATE_REPLACE" },
    effect: (_seen, { name, stored }) => expect(stored?.id).toBe(`${name}_app_${name}_schema`) },
  { does: "change", name: "objectType", source: replaces, change: { objectType: "sequence" }, verdict: { objectType: "UPDATE_REPLACE" }, effect: ["ids USAGE"] },
  { does: "change", name: "objects", source: replaces, given: { ...tables, privileges: ["SELECT"], objects: ["docs"] }, change: { objects: ["notes"] }, verdict: { "objects[0]": "UPDATE_REPLACE" }, effect: ["notes SELECT"] },
  { does: "change", name: "withGrantOption", source: replaces, change: { withGrantOption: true }, verdict: { withGrantOption: "UPDATE_REPLACE" }, effect: ["schema USAGE*"] },
  { does: "drift", name: "REVOKE", source: "provider: reads privileges, an empty list where they differ", outside: (subject) => inApp(subject, `REVOKE ALL ON SCHEMA app FROM "${subject.name}"`), verdict: { "privileges[0]": "ADD" }, effect: ["schema USAGE"] },
  { does: "drift", name: "GRANT of more", source: "provider: reads privileges", outside: (subject) => inApp(subject, `GRANT CREATE ON SCHEMA app TO "${subject.name}"`), verdict: { "privileges[0]": "DELETE" }, effect: ["schema USAGE"] },
  { does: "drift", name: "REVOKE on one table of all", source: "provider: one object that differs is enough", given: { ...tables, privileges: ["SELECT"] }, outside: (subject) => inApp(subject, `REVOKE SELECT ON app.docs FROM "${subject.name}"`), verdict: { "privileges[0]": "ADD" },
    effect: ["docs SELECT", "notes SELECT"] },
  { does: "drift", name: "the option to pass on", source: "stand-in reads it (the provider does not)", outside: (subject) => inApp(subject, `GRANT USAGE ON SCHEMA app TO "${subject.name}" WITH GRANT OPTION`), verdict: { withGrantOption: "UPDATE_REPLACE" }, effect: ["schema USAGE"] },
  { does: "import", name: "by id", source: unimportable, refused: /cannot be imported/ },
  { does: "invalid", name: "ALL", source: "P/72: an endless difference; refused", change: { privileges: ["ALL"] }, failures: { "privileges[0]": /must be one of CREATE, USAGE .*listed one by one; given: "ALL"/ } },
  { does: "invalid", name: "no schema", source: "documentation of schema", change: { schema: undefined }, failures: { schema: /required for objectType schema/ } },
  { does: "invalid", name: "objects of a schema", source: "documentation of objects", change: { objects: ["x"] }, failures: { objects: /must be empty/ } },
  { does: "invalid", name: "an unknown object type", source: "stand-in: those that the program may use", change: { objectType: "column" }, failures: { objectType: /must be one of "database", "schema", "sequence", "table"/ } },
  { does: "invalid", name: "public with the option to pass on", source: "provider refuses", change: { role: "public", withGrantOption: true }, failures: { withGrantOption: /must be false for role public/ } },
  { does: "invalid", name: "no role", source: "schema: required", change: { role: undefined }, failures: { role: /is required/ } },
  { does: "refuse", name: "a role that does not exist", source: "PostgreSQL refuses", given: { role: "nobody_at_all" }, message: /role "nobody_at_all" does not exist/ },
  { does: "delete", name: "twice, then granted no more", source: "provider: REVOKE ALL", given: { ...tables, privileges: ["SELECT"] }, outside: ({ world, name }) => world.sql(`DROP OWNED BY "${name}"; DROP ROLE "${name}"`, { database: "app" }) },
  { does: "delete", name: "after its schema", source: "provider: checkRoleDBSchemaExists", prepare: async (subject) => void (await inApp(subject, `CREATE SCHEMA "${subject.name}"`)), given: ({ name }) => ({ schema: name }),
    outside: (subject) => inApp(subject, `DROP SCHEMA "${subject.name}"`) },
  { does: "delete", name: "of named tables, one of them gone", source: "already gone is success", prepare: async (subject) => void (await inApp(subject, `CREATE TABLE app."${subject.name}" ()`)), given: ({ name }) => ({ ...tables, objects: [name, "docs"] }),
    outside: async (subject) => void (await inApp(subject, `DROP TABLE app."${subject.name}"; DROP OWNED BY "${subject.name}"; DROP ROLE "${subject.name}"`)) },
];

/** What a role holds in database `app`, e.g. `docs SELECT`; a star for what it may pass on. */
const HELD = `SELECT what || ' ' || privilege_type || CASE WHEN is_grantable THEN '*' ELSE '' END AS held FROM (
    SELECT 'database' AS what, (aclexplode(datacl)).* FROM pg_database WHERE datname = current_database()
    UNION ALL SELECT 'schema', (aclexplode(nspacl)).* FROM pg_namespace WHERE nspname = 'app'
    UNION ALL SELECT relname, (aclexplode(relacl)).* FROM pg_class WHERE relnamespace = 'app'::regnamespace
  ) a WHERE grantee = (SELECT oid FROM pg_roles WHERE rolname = $1) ORDER BY 1`;

/** `postgresql.Grant`. */
export const grantTable: Table<PostgresWorld> = {
  token: "postgresql:index/grant:Grant",
  base: ({ name }) => ({ role: name, database: "app", schema: "app", objectType: "schema", privileges: ["USAGE"] }),
  look: async ({ world, name, stored }) => {
    const held = await world.sql<{ held: string }>(HELD, { database: "app" }, [(stored?.state["role"] as string | undefined) ?? name]);
    return held.length === 0 ? undefined : held.map((row) => row.held);
  },
  deleteBeforeReplace: true,
  cases: cases.map((one) => ({
    ...one,
    prepare: async (subject: PostgresSubject) => {
      await withRole()(subject);
      await one.prepare?.(subject);
    },
  })),
};
