import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CallContext } from "../server/resource-type.ts";
import { Session } from "./session.ts";
import { testPostgres, type TestServer } from "../../../tests/support/postgres-server.ts";
import { database } from "./types/database.ts";
import { defaultPrivileges } from "./types/default-privileges.ts";
import { grant } from "./types/grant.ts";
import { role } from "./types/role.ts";
import { schema } from "./types/schema.ts";

const context: CallContext = { urn: "urn:test", signal: new AbortController().signal, timeoutSeconds: 0 };
const secret = "s3cret-of-app'\"";
let cluster: TestServer;
let session: Session;

beforeAll(async () => {
  cluster = await testPostgres();
  session = new Session(config());
}, 60_000);
afterAll(async () => cluster[Symbol.asyncDispose]());

function config(more: object = {}) {
  return { host: "127.0.0.1", port: cluster.port, username: "postgres", password: cluster.password, database: "postgres", sslmode: "verify-full", sslrootcert: cluster.caFile, connectTimeout: 5, maxConnections: 10, ...more };
}

/** Fills in the defaults, as the server's Check does. */
function checked<T extends { inputs: object }>(type: T, inputs: object): any {
  const defaults = Object.entries(type.inputs).flatMap(([name, property]) => (property.default === undefined ? [] : [[name, property.default]]));
  return { ...Object.fromEntries(defaults), ...inputs };
}

async function sql<Row = Record<string, unknown>>(text: string, where: { database?: string; user?: string; password?: string } = {}): Promise<Row[]> {
  const client = new Client({ ...config(), user: where.user ?? "postgres", password: where.password ?? cluster.password, database: where.database ?? "postgres", ssl: { ca: (await import("node:fs")).readFileSync(cluster.caFile) } });
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

describe("sslmode", () => {
  test("verify-full refuses another host name, verify-ca does not, both refuse another authority", async () => {
    await using other = await testPostgres(["elsewhere"]);
    const of = (more: object) => new Session({ ...config(), port: other.port, sslrootcert: other.caFile, ...more }).run("postgres", context.signal, (client) => client.query("SELECT 1"));
    await expect(of({ sslmode: "verify-full" })).rejects.toThrow(/does not match certificate's altnames/);
    await expect(of({ sslmode: "verify-ca" })).resolves.toMatchObject({ rowCount: 1 });
    await expect(of({ sslmode: "require" })).resolves.toMatchObject({ rowCount: 1 });
    await expect(of({ sslmode: "require", sslrootcert: cluster.caFile })).rejects.toThrow(/self-signed|unable to (get|verify)|signature failure|certificate/);
    await expect(of({ sslmode: "disable" })).rejects.toThrow(/no pg_hba.conf entry|no encryption/);
  }, 60_000);

  test("a wrong password is told without the password", async () => {
    const work = new Session(config({ password: "hidden-word" })).run("postgres", context.signal, async () => undefined);
    await expect(work).rejects.toThrow(/password authentication failed.*28P01/);
    await expect(work).rejects.not.toThrow("hidden-word");
  });
});

describe("Role", () => {
  const inputs = checked(role, { name: "it app", login: true, password: secret, searchPaths: ["app", "My Schema"], statementTimeout: 5000, validUntil: "2099-01-01T00:00:00Z", connectionLimit: 7 });

  test("create, sign in, read without a difference, no second one, no password in the log", async () => {
    await sql("CREATE ROLE it_group");
    const made = await role.create(session, { ...inputs, roles: ["it_group"] }, context);
    expect(made.id).toBe("it app");
    expect(await sql("SHOW statement_timeout", { user: "it app", password: secret })).toEqual([{ statement_timeout: "5s" }]);
    expect(await sql("SHOW search_path", { user: "it app", password: secret })).toEqual([{ search_path: 'app, "My Schema"' }]);
    const read = await role.read(session, made.id, made.state, context);
    expect(read).toEqual({ id: "it app", state: made.state, inputs: expect.not.objectContaining({ password: expect.anything() }) });
    for (const [name, value] of Object.entries(read!.inputs)) expect([name, value]).toEqual([name, (made.state as Record<string, unknown>)[name] ?? value]);
    await expect(role.create(session, inputs, context)).rejects.toThrow('creating role it app: role "it app" already exists (SQLSTATE 42710)');
    expect(cluster.log()).toContain('CREATE ROLE "it app"');
    expect(cluster.log()).not.toContain("s3cret-of-app");
  });

  test("drift is read", async () => {
    await sql(`ALTER ROLE "it app" CREATEDB CONNECTION LIMIT 3; ALTER ROLE "it app" SET statement_timeout = '2s'; REVOKE it_group FROM "it app"`);
    const read = await role.read(session, "it app", { ...inputs, roles: ["it_group"] }, context);
    expect(read!.inputs).toMatchObject({ createDatabase: true, connectionLimit: 3, statementTimeout: 2000, roles: [], searchPaths: ["app", "My Schema"] });
  });

  test("update in place, name too, keeps the password unless it changes", async () => {
    const next = { ...inputs, name: "it-app", createDatabase: false, connectionLimit: -1, searchPaths: undefined, roles: ["it_group"] };
    await role.update!(session, "it app", next, { ...inputs, createDatabase: true, roles: [] }, ["name", "createDatabase", "connectionLimit", "searchPaths", "roles"], context);
    const read = await role.read(session, "it app", { ...next }, context);
    expect(read!.inputs).toMatchObject({ name: "it-app", createDatabase: false, connectionLimit: -1, searchPaths: [], roles: ["it_group"] });
    await sql("SELECT 1", { user: "it-app", password: secret });
    await role.update!(session, "it-app", { ...next, password: "new-word" }, next, ["password"], context);
    await sql("SELECT 1", { user: "it-app", password: "new-word" });
    await expect(sql("SELECT 1", { user: "it-app", password: secret })).rejects.toThrow("password authentication failed");
  });

  test("delete hands over what it owned, and twice is success; gone is read as gone", async () => {
    await sql('CREATE TABLE it_owned (x int); ALTER TABLE it_owned OWNER TO "it-app"');
    const state = { ...inputs, name: "it-app" };
    await role.delete(session, "it-app", state, context);
    expect(await sql("SELECT tableowner FROM pg_tables WHERE tablename = 'it_owned'")).toEqual([{ tableowner: "postgres" }]);
    await role.delete(session, "it-app", state, context);
    expect(await role.read(session, "it-app", state, context)).toBeUndefined();
  });
});

describe("Database", () => {
  const inputs = checked(database, { name: "it_db", owner: "it_owner" });
  test("lifecycle: defaults as officially, no second one, changes in place, deleted although connected", async () => {
    await sql("CREATE ROLE it_owner LOGIN PASSWORD 'x'");
    const made = await database.create(session, inputs, context);
    expect(made).toEqual({ id: "it_db", state: { ...inputs, tablespaceName: "pg_default", isTemplate: false } });
    expect((await database.read(session, "it_db", made.state, context))!.state).toEqual(made.state);
    await expect(database.create(session, inputs, context)).rejects.toThrow("SQLSTATE 42P04");
    await sql("ALTER DATABASE it_db CONNECTION LIMIT 4");
    expect((await database.read(session, "it_db", made.state, context))!.inputs).toMatchObject({ connectionLimit: 4, owner: "it_owner" });

    const next = { ...inputs, name: "it_db2", owner: "postgres", connectionLimit: 9, isTemplate: true };
    const changed = await database.update!(session, "it_db", next, made.state, ["name", "owner", "connectionLimit", "isTemplate"], context);
    expect(changed).toMatchObject({ name: "it_db2", owner: "postgres", connectionLimit: 9, isTemplate: true });
    const client = new Client({ ...config(), user: "postgres", database: "it_db2", ssl: { ca: (await import("node:fs")).readFileSync(cluster.caFile) } });
    const cut = new Promise((resolve) => client.on("error", resolve));
    await client.connect();
    await database.delete(session, "it_db", changed, context);
    await cut;
    await database.delete(session, "it_db", changed, context);
    expect(await database.read(session, "it_db", changed, context)).toBeUndefined();
  });

  test("DEFAULT takes the template's and is no difference later", async () => {
    const fromTemplate = checked(database, { name: "it_copy", template: "template1", encoding: "DEFAULT", lcCollate: "DEFAULT", lcCtype: "DEFAULT" });
    const made = await database.create(session, fromTemplate, context);
    expect((await database.read(session, "it_copy", made.state, context))!.inputs).toMatchObject({ encoding: "DEFAULT", lcCollate: "DEFAULT", lcCtype: "DEFAULT" });
    await database.delete(session, "it_copy", made.state, context);
  });
});

describe("Schema, Grant and DefaultPrivileges", () => {
  beforeAll(async () => {
    await sql("CREATE ROLE it_reader LOGIN PASSWORD 'reader'");
    await sql("CREATE ROLE it_maker");
    await sql("CREATE DATABASE it_app");
  });

  test("a schema's lifecycle", async () => {
    const inputs = checked(schema, { name: "it s", database: "it_app", owner: "it_maker" });
    const made = await schema.create(session, inputs, context);
    expect(made).toEqual({ id: "it_app.it s", state: inputs });
    await schema.create(session, inputs, context); // taken over, the official default
    await expect(schema.create(session, { ...inputs, ifNotExists: false }, context)).rejects.toThrow("SQLSTATE 42P06");
    await sql('ALTER SCHEMA "it s" OWNER TO postgres', { database: "it_app" });
    expect((await schema.read(session, made.id, made.state, context))!.inputs).toEqual({ database: "it_app", name: "it s", owner: "postgres" });
    const renamed = await schema.update!(session, made.id, { ...inputs, name: "app" }, made.state, ["name", "owner"], context);
    expect(renamed).toEqual({ ...inputs, name: "app" });
    await sql("CREATE TABLE app.docs (x int); CREATE TABLE app.notes (x int); CREATE SEQUENCE app.ids", { database: "it_app" });
    await expect(schema.delete(session, made.id, renamed, context)).rejects.toThrow(/cannot drop schema app because other objects depend on it.*table app.docs/s);
    expect(await schema.read(session, "gone.x", { database: "gone", name: "x" }, context)).toBeUndefined();
    await schema.delete(session, "gone.x", { ...renamed, database: "gone" }, context);
  });

  test.each([
    ["it_reader_it_app_database", { objectType: "database", privileges: ["CONNECT", "TEMPORARY"] }],
    ["it_reader_it_app_app_schema", { objectType: "schema", schema: "app", privileges: ["USAGE"] }],
    ["it_reader_it_app_app_table", { objectType: "table", schema: "app", privileges: ["SELECT", "INSERT"] }],
    ["it_reader_it_app_app_table_docs_notes", { objectType: "table", schema: "app", objects: ["notes", "docs"], privileges: ["SELECT"] }],
    ["it_reader_it_app_app_sequence", { objectType: "sequence", schema: "app", privileges: ["USAGE"], withGrantOption: true }],
  ])("grant %s: create, read, drift, update, delete", async (id, parts) => {
    const inputs = checked(grant, { role: "it_reader", database: "it_app", ...parts });
    const made = await grant.create(session, inputs, context);
    expect(made).toEqual({ id, state: inputs });
    expect((await grant.read(session, id, made.state, context))!.state).toEqual(inputs);
    await sql("REVOKE ALL ON DATABASE it_app FROM it_reader; REVOKE ALL ON SCHEMA app FROM it_reader; REVOKE ALL ON ALL TABLES IN SCHEMA app FROM it_reader; REVOKE ALL ON ALL SEQUENCES IN SCHEMA app FROM it_reader", { database: "it_app" });
    expect((await grant.read(session, id, made.state, context))!.inputs).toMatchObject({ privileges: [] });
    await grant.update!(session, id, inputs, { ...inputs, privileges: [] }, ["privileges"], context);
    expect((await grant.read(session, id, made.state, context))!.state).toEqual(inputs);
    await grant.delete(session, id, made.state, context);
    expect((await grant.read(session, id, made.state, context))!.inputs).toMatchObject({ privileges: [] });
  });

  test("PUBLIC loses and regains CONNECT", async () => {
    const none = checked(grant, { role: "public", database: "it_app", objectType: "database", privileges: [] });
    await grant.create(session, none, context);
    await expect(sql("SELECT 1", { database: "it_app", user: "it_reader", password: "reader" })).rejects.toThrow("permission denied for database");
    expect((await grant.read(session, "x", none, context))!.inputs.privileges).toEqual([]);
    await grant.update!(session, "x", { ...none, privileges: ["CONNECT"] }, none, ["privileges"], context);
    await sql("SELECT 1", { database: "it_app", user: "it_reader", password: "reader" });
  });

  test("twelve grants at once on one schema all succeed", async () => {
    for (let n = 0; n < 12; n++) await sql(`CREATE ROLE it_many_${n}`);
    const inputs = (n: number) => checked(grant, { role: `it_many_${n}`, database: "it_app", schema: "app", objectType: "schema", privileges: ["USAGE"] });
    await Promise.all(Array.from({ length: 12 }, (_, n) => grant.create(session, inputs(n), context)));
    for (let n = 0; n < 12; n++) expect((await grant.read(session, "x", inputs(n), context))!.inputs.privileges).toEqual(["USAGE"]);
  });

  test("default privileges reach what is made later", async () => {
    const inputs = checked(defaultPrivileges, { role: "it_reader", database: "it_app", owner: "postgres", schema: "app", objectType: "table", privileges: ["SELECT"] });
    const made = await defaultPrivileges.create(session, inputs, context);
    expect(made).toEqual({ id: "it_reader_it_app_app_postgres_table", state: inputs });
    expect((await defaultPrivileges.read(session, made.id, made.state, context))!.state).toEqual(inputs);
    await sql("GRANT USAGE ON SCHEMA app TO it_reader; CREATE TABLE app.later (x int)", { database: "it_app" });
    await sql("SELECT * FROM app.later", { database: "it_app", user: "it_reader", password: "reader" });
    await defaultPrivileges.delete(session, made.id, made.state, context);
    expect((await defaultPrivileges.read(session, made.id, made.state, context))!.inputs).toMatchObject({ privileges: [] });
  });

  test("with the role or the database gone, a grant is gone and its delete succeeds", async () => {
    const inputs = checked(grant, { role: "it_nobody", database: "it_app", schema: "app", objectType: "table", privileges: ["SELECT"] });
    expect(await grant.read(session, "x", inputs, context)).toBeUndefined();
    await grant.delete(session, "x", inputs, context);
    expect(await grant.read(session, "x", { ...inputs, database: "it_gone" }, context)).toBeUndefined();
    await grant.delete(session, "x", { ...inputs, database: "it_gone" }, context);
  });
});

test("an aborted call ends its connection", async () => {
  const controller = new AbortController();
  const work = session.run("postgres", controller.signal, async (client) => {
    controller.abort();
    await client.query("SELECT pg_sleep(30)");
  });
  await expect(work).rejects.toThrow();
  const sleeping = async () => (await sql<{ n: number }>("SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid() AND state = 'active'"))[0]!.n;
  expect(await sleeping()).toBe(0);
});
