import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { Secret } from "../../server/values.ts";
import { type PostgresCase, type PostgresSubject, type PostgresWorld, withRole } from "./world.ts";

const updates = "provider's resource_postgresql_role: no ForceNew";
const password = "s3cret-of-app'\"";
const alter = (what: string) => ({ world, name }: PostgresSubject) => world.sql(`ALTER ROLE "${name}" ${what}`);
const signIn = ({ world, name }: PostgresSubject, word: string) => world.sql("SHOW statement_timeout", { user: name, password: word });

/** The boolean properties with their defaults and columns. */
const flags = { login: "rolcanlogin", superuser: "rolsuper", createDatabase: "rolcreatedb", createRole: "rolcreaterole", replication: "rolreplication", bypassRowLevelSecurity: "rolbypassrls" } as const;

const cases: readonly PostgresCase[] = [
  { does: "create", name: "as the program's: a login with a password and a group", source: "components/parts/postgres.ts", prepare: withRole("_group"), given: ({ name }) => ({ login: true, password: new Secret(password), roles: [`${name}_group`] }),
    outputs: { password, connectionLimit: -1, validUntil: "infinity", inherit: true, superuser: false }, effect: async (seen, subject) => {
      expect(seen).toMatchObject({ rolcanlogin: true, groups: [`${subject.name}_group`] });
      expect(subject.stored!.state["password"]).toBeInstanceOf(Secret);
      await signIn(subject, password);
      expect(subject.world.server.log(), "the server never sees the password").not.toContain("s3cret-of-app");
    } },
  { does: "create", name: "without a name", source: "bridge: a name and 7 random digits", given: { name: undefined }, outputs: ({ name }) => ({ name: expect.stringMatching(`^${name}-[0-9a-f]{7}$`) as string }) },
  { does: "create", name: "a name that must be quoted", source: "provider quotes identifiers", given: ({ name }) => ({ name: `${name} "x"` }), outputs: ({ name }) => ({ name: `${name} "x"` }) },
  ...Object.entries(flags).map(([flag, column]): PostgresCase => ({ does: "change", name: flag, source: updates, change: { [flag]: true }, verdict: { [flag]: "UPDATE" }, effect: { [column]: true } })),
  { does: "change", name: "inherit", source: updates, change: { inherit: false }, verdict: { inherit: "UPDATE" }, effect: { rolinherit: false } },
  { does: "change", name: "name", source: `${updates}: renamed`, change: ({ name }) => ({ name: `${name}_b` }), verdict: { name: "UPDATE" }, effect: (seen, { name }) => expect(seen.rolname).toBe(`${name}_b`) },
  { does: "change", name: "password", source: updates, given: { login: true, password: new Secret("old-word") }, change: { password: new Secret("new-word") }, verdict: { password: "UPDATE" }, effect: async (_seen, subject) => {
    await signIn(subject, "new-word");
    await expect(signIn(subject, "old-word")).rejects.toThrow("password authentication failed");
  } },
  { does: "change", name: "connectionLimit", source: updates, change: { connectionLimit: 7 }, verdict: { connectionLimit: "UPDATE" }, effect: { rolconnlimit: 7 } },
  { does: "change", name: "validUntil", source: updates, change: { validUntil: "2099-01-01T00:00:00Z" }, verdict: { validUntil: "UPDATE" }, effect: { until: 4070908800 } },
  { does: "change", name: "statementTimeout, the password untouched", source: updates, given: { login: true, password: new Secret(password) }, change: { statementTimeout: 5000 }, verdict: { statementTimeout: "UPDATE" },
    effect: async (_seen, subject) => expect(await signIn(subject, password)).toEqual([{ statement_timeout: "5s" }]) },
  { does: "change", name: "statementTimeout, taken back", source: updates, given: { statementTimeout: 5000 }, change: { statementTimeout: undefined }, verdict: { statementTimeout: "UPDATE" }, effect: { rolconfig: null } },
  { does: "change", name: "idleInTransactionSessionTimeout", source: updates, change: { idleInTransactionSessionTimeout: 1000 }, verdict: { idleInTransactionSessionTimeout: "UPDATE" }, effect: { rolconfig: ["idle_in_transaction_session_timeout=1000"] } },
  { does: "change", name: "searchPaths", source: updates, given: { searchPaths: ["app"] }, change: { searchPaths: ["app", "My Schema"] }, verdict: { "searchPaths[1]": "ADD" }, effect: { rolconfig: ['search_path=app, "My Schema"'] } },
  { does: "change", name: "searchPaths' order", source: "schema: a list", given: { searchPaths: ["a", "b"] }, change: { searchPaths: ["b", "a"] }, verdict: { "searchPaths[0]": "UPDATE", "searchPaths[1]": "UPDATE" }, effect: { rolconfig: ["search_path=b, a"] } },
  { does: "change", name: "roles", source: updates, prepare: async (subject) => void (await Promise.all(["_x", "_y"].map((suffix) => withRole(suffix)(subject)))), given: ({ name }) => ({ roles: [`${name}_x`] }), change: ({ name }) => ({ roles: [`${name}_y`] }),
    verdict: { "roles[0]": "UPDATE" }, effect: (seen, { name }) => expect(seen.groups).toEqual([`${name}_y`]) },
  { does: "change", name: "roles' order", source: "schema: a set", prepare: async (subject) => void (await Promise.all(["_x", "_y"].map((suffix) => withRole(suffix)(subject)))), given: ({ name }) => ({ roles: [`${name}_x`, `${name}_y`] }),
    change: ({ name }) => ({ roles: [`${name}_y`, `${name}_x`] }), verdict: {} },
  { does: "change", name: "defaults, said", source: "schema: defaults", change: { login: false, inherit: true, connectionLimit: -1, validUntil: "infinity", encryptedPassword: true }, verdict: {} },
  { does: "drift", name: "SUPERUSER", source: "provider: reads rolsuper", outside: alter("SUPERUSER"), verdict: { superuser: "UPDATE" }, effect: { rolsuper: false } },
  { does: "drift", name: "NOLOGIN and a connection limit", source: "provider: reads them", given: { login: true }, outside: alter("NOLOGIN CONNECTION LIMIT 3"), verdict: { login: "UPDATE", connectionLimit: "UPDATE" }, effect: { rolcanlogin: true, rolconnlimit: -1 } },
  { does: "drift", name: "a setting", source: "provider: reads rolconfig", given: { statementTimeout: 5000 }, outside: alter("SET statement_timeout = '2min'"), verdict: { statementTimeout: "UPDATE" }, effect: { rolconfig: ["statement_timeout=5000"] } },
  { does: "drift", name: "a membership that is gone", source: "provider: reads roles", prepare: withRole("_group"), given: ({ name }) => ({ roles: [`${name}_group`] }), outside: ({ world, name }) => world.sql(`REVOKE "${name}_group" FROM "${name}"`),
    verdict: { "roles[0]": "ADD" }, effect: (seen, { name }) => expect(seen.groups).toEqual([`${name}_group`]) },
  { does: "drift", name: "DROP ROLE", source: "provider: not found is gone", outside: ({ world, name }) => world.sql(`DROP ROLE "${name}"`), verdict: "gone" },
  { does: "import", name: "by name", source: "registry documentation: the name", given: { login: true, createDatabase: true, statementTimeout: 5000, searchPaths: ["app"] } },
  { does: "import", name: "with a password", source: "stand-in never reads a password back", given: { login: true, password: new Secret(password) }, verdict: { password: "ADD" } },
  { does: "invalid", name: "an unknown property", source: "stand-in: refused by name", change: { assumeRole: "x" }, failures: { assumeRole: /not a property/ } },
  { does: "invalid", name: "a wrong type", source: "schema: a boolean", change: { login: "yes" }, failures: { login: /must be a boolean; given: a string/ } },
  { does: "invalid", name: "a password in clear", source: "PostgreSQL >= 10 stores none", change: { encryptedPassword: false }, failures: { encryptedPassword: /must be true/ } },
  { does: "invalid", name: "a search path with a comma", source: "documentation of searchPaths", change: { searchPaths: ["a, b"] }, failures: { "searchPaths[0]": /must not contain ", "/ } },
  { does: "refuse", name: "a name that is taken", source: "existing objects are not adopted", prepare: withRole(), message: /role ".*" already exists \(SQLSTATE 42710\)/ },
  { does: "refuse", name: "a group that does not exist: nothing is left", source: "one transaction", given: { roles: ["nobody_at_all"] }, message: /role "nobody_at_all" does not exist/ },
  { does: "delete", name: "twice", source: "already gone is success" },
  { does: "delete", name: "after somebody else did", source: "already gone is success", outside: ({ world, name }) => world.sql(`DROP ROLE "${name}"`) },
  { does: "delete", name: "of an owner: what it owns goes to the provider's user", source: "provider: REASSIGN OWNED", outside: ({ world, name }) => world.sql(`CREATE TABLE "${name}" (); ALTER TABLE "${name}" OWNER TO "${name}"`),
    effect: async (_seen, { world, name }) => expect(await world.sql("SELECT tableowner FROM pg_tables WHERE tablename = $1", {}, [name])).toEqual([{ tableowner: "postgres" }]) },
];

/** `postgresql.Role`. */
export const roleTable: Table<PostgresWorld> = {
  token: "postgresql:index/role:Role",
  base: ({ name }) => ({ name }),
  look: async ({ world, name, stored }) => {
    const columns = "*, extract(epoch FROM rolvaliduntil)::float8 AS until, ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY 1) AS groups";
    return (await world.sql(`SELECT ${columns} FROM pg_roles r WHERE rolname = $1`, {}, [(stored?.state["name"] as string | undefined) ?? name]))[0];
  },
  deleteBeforeReplace: true,
  cases,
};
