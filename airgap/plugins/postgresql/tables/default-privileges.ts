import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { type PostgresCase, type PostgresSubject, type PostgresWorld, withRole } from "./world.ts";

const replaces = "provider's resource_postgresql_default_privileges: ForceNew";
const updates = "provider's resource_postgresql_default_privileges: no ForceNew";
const alter = (what: string) => ({ world, name }: PostgresSubject) => world.sql(`ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA app ${what.replace("$", `"${name}"`)}`, { database: "app" });

const cases: readonly PostgresCase[] = [
  { does: "create", name: "on tables to come", source: "provider: generateDefaultPrivilegesID", effect: async (seen, { world, name, stored }) => {
    expect([seen, stored?.id]).toEqual([["table SELECT"], `${name}_app_app_postgres_table`]);
    await world.sql(`CREATE TABLE app."${name}_later" (x int)`, { database: "app" });
    expect(await world.sql("SELECT has_table_privilege($1, $2, 'SELECT') AS may", { database: "app" }, [name, `app."${name}_later"`])).toEqual([{ may: true }]);
  } },
  { does: "create", name: "on sequences, in every schema", source: "provider: noschema in the id", given: { schema: undefined, objectType: "sequence", privileges: ["USAGE", "SELECT"] },
    effect: (seen, { name, stored }) => expect([seen, stored?.id]).toEqual([["sequence SELECT", "sequence USAGE"], `${name}_app_noschema_postgres_sequence`]) },
  { does: "change", name: "privileges", source: updates, change: { privileges: ["SELECT", "INSERT"] }, verdict: { "privileges[1]": "ADD" }, effect: ["table INSERT", "table SELECT"] },
  { does: "change", name: "privileges' order", source: "schema: a set", given: { privileges: ["SELECT", "INSERT"] }, change: { privileges: ["INSERT", "SELECT"] }, verdict: {} },
  { does: "change", name: "role", source: replaces, prepare: withRole("_b"), change: ({ name }) => ({ role: `${name}_b` }), verdict: { role: "UPDATE_REPLACE" }, effect: ["table SELECT"] },
  { does: "change", name: "database", source: replaces, given: { schema: undefined }, change: { database: "postgres" }, verdict: { database: "UPDATE_REPLACE" } },
  { does: "change", name: "owner", source: replaces, prepare: withRole("_o"), change: ({ name }) => ({ owner: `${name}_o` }), verdict: { owner: "UPDATE_REPLACE" }, effect: (_seen, { name, stored }) => expect(stored?.id).toBe(`${name}_app_app_${name}_o_table`) },
  { does: "change", name: "schema", source: replaces, change: { schema: undefined }, verdict: { schema: "DELETE_REPLACE" }, effect: ["table SELECT"] },
  { does: "change", name: "objectType", source: replaces, change: { objectType: "sequence" }, verdict: { objectType: "UPDATE_REPLACE" }, effect: ["sequence SELECT"] },
  { does: "change", name: "withGrantOption", source: replaces, change: { withGrantOption: true }, verdict: { withGrantOption: "UPDATE_REPLACE" }, effect: ["table SELECT*"] },
  { does: "drift", name: "REVOKE", source: "provider: none at all means gone", outside: alter("REVOKE ALL ON TABLES FROM $"), verdict: "gone", effect: ["table SELECT"] },
  { does: "drift", name: "GRANT of more", source: "provider: reads privileges", outside: alter("GRANT INSERT ON TABLES TO $"), verdict: { "privileges[0]": "DELETE" }, effect: ["table SELECT"] },
  { does: "import", name: "by id", source: "provider's resource_postgresql_default_privileges: no Importer", refused: /cannot be imported/ },
  { does: "invalid", name: "a privilege that tables have not", source: "provider: validatePrivileges", change: { privileges: ["EXECUTE"] }, failures: { "privileges[0]": /must be one of SELECT/ } },
  { does: "invalid", name: "an unknown object type", source: "stand-in: those that the program may use", change: { objectType: "function" }, failures: { objectType: /must be one of "sequence", "table"/ } },
  { does: "invalid", name: "no owner", source: "schema: required", change: { owner: undefined }, failures: { owner: /is required/ } },
  { does: "refuse", name: "a schema that does not exist", source: "PostgreSQL refuses", given: { schema: "nowhere" }, message: /schema "nowhere" does not exist/ },
  { does: "delete", name: "twice, after its role", source: "already gone is success", outside: ({ world, name }) => world.sql(`DROP OWNED BY "${name}"; DROP ROLE "${name}"`, { database: "app" }) },
  { does: "delete", name: "after somebody else did", source: "already gone is success", outside: alter("REVOKE ALL ON TABLES FROM $") },
];

const HELD = `SELECT CASE defaclobjtype WHEN 'r' THEN 'table' ELSE 'sequence' END || ' ' || privilege_type || CASE WHEN is_grantable THEN '*' ELSE '' END AS held
  FROM (SELECT defaclobjtype, (aclexplode(defaclacl)).* FROM pg_default_acl) a WHERE grantee = (SELECT oid FROM pg_roles WHERE rolname = $1) ORDER BY 1`;

/** `postgresql.DefaultPrivileges`. */
export const defaultPrivilegesTable: Table<PostgresWorld> = {
  token: "postgresql:index/defaultPrivileges:DefaultPrivileges",
  base: ({ name }) => ({ role: name, database: "app", owner: "postgres", schema: "app", objectType: "table", privileges: ["SELECT"] }),
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
