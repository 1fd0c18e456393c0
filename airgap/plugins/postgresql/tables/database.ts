import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { type PostgresCase, type PostgresSubject, type PostgresWorld, withRole } from "./world.ts";

const replaces = "provider's resource_postgresql_database: ForceNew";
const updates = "provider's resource_postgresql_database: no ForceNew";
const alter = (what: string) => ({ world, name }: PostgresSubject) => world.sql(`ALTER DATABASE "${name}" ${what}`);

const cases: readonly PostgresCase[] = [
  { does: "create", name: "with defaults", source: "documentation: template0, UTF8, C", computed: ["owner", "tablespaceName", "isTemplate", "encoding"],
    outputs: { owner: "postgres", template: "template0", encoding: "UTF8", lcCollate: "C", lcCtype: "C", tablespaceName: "pg_default", isTemplate: false, connectionLimit: -1, allowConnections: true }, effect: { datcollate: "C" } },
  { does: "create", name: "as the program's", source: "components/parts/postgres.ts", prepare: withRole(), given: ({ name }) => ({ owner: name, template: "template0", encoding: "UTF8", lcCollate: "C.UTF-8", lcCtype: "C.UTF-8" }),
    effect: (seen, { name }) => expect(seen).toMatchObject({ owner: name, datcollate: "C.UTF-8" }) },
  { does: "create", name: "with the template's locale", source: "documentation: DEFAULT", given: { template: "template1", encoding: "DEFAULT", lcCollate: "DEFAULT", lcCtype: "DEFAULT" }, outputs: { encoding: "DEFAULT" } },
  { does: "create", name: "without a name", source: "bridge: a name and 7 random digits", given: { name: undefined }, outputs: ({ name }) => ({ name: expect.stringMatching(`^${name}-[0-9a-f]{7}$`) as string }) },
  { does: "change", name: "name", source: `${updates}: renamed`, change: ({ name }) => ({ name: `${name}_b` }), verdict: { name: "UPDATE" }, effect: (seen, { name }) => expect(seen.datname).toBe(`${name}_b`) },
  { does: "change", name: "owner", source: updates, prepare: withRole(), change: ({ name }) => ({ owner: name }), verdict: { owner: "UPDATE" }, effect: (seen, { name }) => expect(seen.owner).toBe(name) },
  { does: "change", name: "owner, left out", source: "schema: optional and computed, so it stays", prepare: withRole(), given: ({ name }) => ({ owner: name }), change: { owner: undefined }, verdict: {} },
  { does: "change", name: "owner, with its objects", source: "documentation of alterObjectOwnership", prepare: async (subject) => void (await Promise.all(["_x", "_y"].map((suffix) => withRole(suffix)(subject)))),
    given: ({ name }) => ({ owner: `${name}_x`, alterObjectOwnership: true }), change: ({ name }) => ({ owner: `${name}_y` }), verdict: { owner: "UPDATE" }, effect: (seen, { name }) => expect(seen.owner).toBe(`${name}_y`) },
  { does: "change", name: "connectionLimit", source: updates, change: { connectionLimit: 9 }, verdict: { connectionLimit: "UPDATE" }, effect: { datconnlimit: 9 } },
  { does: "change", name: "allowConnections", source: updates, change: { allowConnections: false }, verdict: { allowConnections: "UPDATE" }, effect: { datallowconn: false } },
  { does: "change", name: "isTemplate", source: updates, change: { isTemplate: true }, verdict: { isTemplate: "UPDATE" }, effect: { datistemplate: true } },
  { does: "change", name: "template", source: replaces, change: { template: "template1", encoding: "DEFAULT", lcCollate: "DEFAULT", lcCtype: "DEFAULT" }, given: { encoding: "DEFAULT", lcCollate: "DEFAULT", lcCtype: "DEFAULT" }, verdict: { template: "UPDATE_REPLACE" } },
  { does: "change", name: "encoding", source: replaces, change: { encoding: "SQL_ASCII" }, verdict: { encoding: "UPDATE_REPLACE" }, effect: { encoding: 0 } },
  { does: "change", name: "lcCollate", source: replaces, change: { lcCollate: "C.UTF-8" }, verdict: { lcCollate: "UPDATE_REPLACE" }, effect: { datcollate: "C.UTF-8" } },
  { does: "change", name: "lcCtype", source: replaces, change: { lcCtype: "C.UTF-8" }, verdict: { lcCtype: "UPDATE_REPLACE" }, effect: { datctype: "C.UTF-8" } },
  { does: "change", name: "lcCtype of an unnamed database", source: "bridge: an autonamed resource is replaced create-first", given: { name: undefined }, change: { lcCtype: "C.UTF-8" }, verdict: { lcCtype: "UPDATE_REPLACE" }, deleteBeforeReplace: false },
  { does: "change", name: "what it became, said", source: "schema: computed, so compared with what is there", change: { template: "template0", encoding: "UTF8", lcCollate: "C", owner: "postgres" }, verdict: {} },
  { does: "drift", name: "an owner", source: "provider: reads owner", prepare: withRole(), given: { owner: "postgres" }, outside: (subject) => alter(`OWNER TO "${subject.name}"`)(subject), verdict: { owner: "UPDATE" }, effect: { owner: "postgres" } },
  { does: "drift", name: "a connection limit", source: "provider: reads it", outside: alter("CONNECTION LIMIT 4"), verdict: { connectionLimit: "UPDATE" }, effect: { datconnlimit: -1 } },
  { does: "drift", name: "closed to connections", source: "provider: reads it", outside: alter("ALLOW_CONNECTIONS false"), verdict: { allowConnections: "UPDATE" }, effect: { datallowconn: true } },
  { does: "drift", name: "DROP DATABASE", source: "provider: not found is gone", outside: ({ world, name }) => world.sql(`DROP DATABASE "${name}"`), verdict: "gone" },
  { does: "import", name: "by name", source: "registry documentation: the name", given: { connectionLimit: 5, lcCollate: "C.UTF-8" } },
  { does: "invalid", name: "an unknown property", source: "stand-in: refused by name", change: { tablespaceName: "fast" }, failures: { tablespaceName: /not a property/ } },
  { does: "invalid", name: "a wrong type", source: "schema: a number", change: { connectionLimit: "5" }, failures: { connectionLimit: /must be a number/ } },
  { does: "refuse", name: "a name that is taken", source: "existing objects are not adopted", prepare: async ({ world, name }) => void (await world.sql(`CREATE DATABASE "${name}" CONNECTION LIMIT 3`)), message: /already exists \(SQLSTATE 42P04\)/ },
  { does: "refuse", name: "an owner that does not exist", source: "PostgreSQL refuses", given: { owner: "nobody_at_all" }, message: /role "nobody_at_all" does not exist/ },
  { does: "delete", name: "twice", source: "already gone is success" },
  { does: "delete", name: "of a template", source: "provider: clears is_template first", given: { isTemplate: true } },
  { does: "delete", name: "after somebody else did", source: "already gone is success", outside: ({ world, name }) => world.sql(`DROP DATABASE "${name}"`) },
];

/** `postgresql.Database`. */
export const databaseTable: Table<PostgresWorld> = {
  token: "postgresql:index/database:Database",
  base: ({ name }) => ({ name }),
  look: async ({ world, name, stored }) => {
    const [row] = await world.sql("SELECT *, pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1", {}, [(stored?.state["name"] as string | undefined) ?? name]);
    return row;
  },
  deleteBeforeReplace: true,
  cases,
};
