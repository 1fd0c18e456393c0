import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { type PostgresCase, type PostgresWorld, withRole } from "./world.ts";

const updates = "provider's resource_postgresql_schema: no ForceNew";
const app = { database: "app" };

const cases: readonly PostgresCase[] = [
  { does: "create", name: "as the program's", source: "components/parts/postgres.ts; the id is <database>.<name>", prepare: withRole(), given: ({ name }) => ({ owner: name }),
    effect: (seen, { name, stored }) => expect([seen.owner, stored?.id]).toEqual([name, `app.${name}`]) },
  { does: "create", name: "without owner and database", source: "documentation: the provider's user and database", given: { database: undefined }, computed: ["owner", "database"], outputs: { owner: "postgres", database: "postgres" } },
  { does: "create", name: "one that exists already", source: "documentation of ifNotExists: it is used, by default", prepare: async ({ world, name }) => void (await world.sql(`CREATE SCHEMA "${name}"`, app)), outputs: { owner: "postgres" } },
  { does: "change", name: "name", source: `${updates}: renamed`, change: ({ name }) => ({ name: `${name}_b` }), verdict: { name: "UPDATE" }, effect: (seen, { name }) => expect(seen.name).toBe(`${name}_b`) },
  { does: "change", name: "owner", source: updates, prepare: withRole(), change: ({ name }) => ({ owner: name }), verdict: { owner: "UPDATE" }, effect: (seen, { name }) => expect(seen.owner).toBe(name) },
  { does: "change", name: "database", source: "provider's resource_postgresql_schema: ForceNew", change: { database: "postgres" }, verdict: { database: "UPDATE_REPLACE" }, effect: (_seen, { name, stored }) => expect(stored?.id).toBe(`postgres.${name}`) },
  { does: "change", name: "database, the provider's own, said", source: "schema: computed, so compared with what is there", given: { database: undefined }, change: { database: "postgres" }, verdict: {} },
  { does: "change", name: "dropCascade and ifNotExists", source: updates, change: { dropCascade: true, ifNotExists: false }, verdict: { dropCascade: "UPDATE", ifNotExists: "UPDATE" } },
  { does: "drift", name: "an owner", source: "provider: reads owner", prepare: withRole(), given: ({ name }) => ({ owner: name }), outside: ({ world, name }) => world.sql(`ALTER SCHEMA "${name}" OWNER TO postgres`, app), verdict: { owner: "UPDATE" },
    effect: (seen, { name }) => expect(seen.owner).toBe(name) },
  { does: "drift", name: "DROP SCHEMA", source: "provider: not found is gone", outside: ({ world, name }) => world.sql(`DROP SCHEMA "${name}"`, app), verdict: "gone" },
  { does: "import", name: "by database and name", source: "registry documentation: <database>.<name>", given: { owner: "postgres" } },
  { does: "invalid", name: "an unknown property", source: "stand-in: refused by name (deprecated officially)", change: { policies: [] }, failures: { policies: /not a property/ } },
  { does: "invalid", name: "a wrong type", source: "schema: a boolean", change: { dropCascade: "yes" }, failures: { dropCascade: /must be a boolean/ } },
  { does: "refuse", name: "a name that is taken, unless it may be", source: "documentation of ifNotExists", given: { ifNotExists: false }, prepare: async ({ world, name }) => void (await world.sql(`CREATE SCHEMA "${name}"`, app)), message: /already exists \(SQLSTATE 42P06\)/ },
  { does: "refuse", name: "a database that does not exist", source: "PostgreSQL refuses", given: { database: "nowhere" }, message: /database "nowhere" does not exist/ },
  { does: "delete", name: "twice", source: "already gone is success" },
  { does: "delete", name: "of one that is not empty", source: "documentation of dropCascade", given: { dropCascade: true }, outside: ({ world, name }) => world.sql(`CREATE TABLE "${name}".t ()`, app) },
  { does: "delete", name: "after its database", source: "what lives in a database goes with it", prepare: async ({ world, name }) => void (await world.sql(`CREATE DATABASE "${name}"`)), given: ({ name }) => ({ database: name }),
    outside: ({ world, name }) => world.sql(`DROP DATABASE "${name}"`) },
];

/** `postgresql.Schema`. */
export const schemaTable: Table<PostgresWorld> = {
  token: "postgresql:index/schema:Schema",
  base: ({ name }) => ({ name, database: "app" }),
  look: async ({ world, name, stored }) => {
    const state = { database: "app", name, ...stored?.state } as { database: string; name: string };
    const [database] = await world.sql("SELECT 1 FROM pg_database WHERE datname = $1", {}, [state.database]);
    if (database === undefined) return undefined;
    const [row] = await world.sql("SELECT nspname AS name, pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = $1", { database: state.database }, [state.name]);
    return row;
  },
  deleteBeforeReplace: true,
  cases,
};
