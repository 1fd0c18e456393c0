import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { orchestrationDatabase, type OrchestrationDatabase } from "../../tests/support/orchestration-database.ts";
import { withConnection } from "./connection.ts";
import { LOCK_KEY, migrate } from "./migrate.ts";
import { readMigrations, type Migration } from "./migrations.ts";
import { preflight, roomOnDisk } from "./preflight.ts";
import { provider, type OrchestrationSchemaInputs } from "./provider.ts";

const migrations = readMigrations();
const all = migrations.map(({ name }) => name);
let db: OrchestrationDatabase;

beforeAll(async () => {
  db = await orchestrationDatabase(["--tmpfs", "/small:uid=999,gid=0,mode=0700,size=16m"]);
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => db.empty());

const as = <T>(username: Parameters<OrchestrationDatabase["login"]>[0], work: Parameters<typeof withConnection<T>>[2]) => withConnection(db.login(username), 10, work);
const run = (files: readonly Migration[] = migrations) => as("orchestration", (client) => migrate(client, files));
const changed = (n: number, change: (one: Migration) => Partial<Migration>) => migrations.map((one) => (one.number === n ? { ...one, ...change(one) } : one));

describe("migrations", () => {
  test("are applied once, in order, with the tables counted before and after each", async () => {
    const first = await run();
    expect(first).toMatchObject({ applied: all, tablesBefore: 1 });
    expect(first.migrations.map(({ name }) => name)).toEqual(all);
    const history = await db.query("SELECT number, name, tables_before, tables_after FROM orchestration.schema_migrations ORDER BY number");
    expect(history.map(({ number }) => number)).toEqual(migrations.map(({ number }) => number));
    expect(history[0]).toMatchObject({ tables_before: 1, tables_after: 4 });
    expect(history.slice(1).map(({ tables_before: before }) => before)).toEqual(history.slice(0, -1).map(({ tables_after: after }) => after));
    expect(await run()).toEqual({ ...first, applied: [], tablesBefore: first.tablesAfter });
  });

  test("one that fails is told with its line and leaves nothing; those before it stay", async () => {
    const broken = changed(2, () => ({ sql: "CREATE TABLE orchestration.half (id integer);\n\nCREATE TABLE orchestration.half (id integer);\nSELECT nothing;" }));
    await expect(run(broken)).rejects.toThrow(`migration ${all[1]}: relation "half" already exists; nothing of it was kept`);
    await expect(run(changed(2, () => ({ sql: "SELECT 1;\nSELEC 2;" })))).rejects.toThrow(`migration ${all[1]}, line 2: syntax error at or near "SELEC"; nothing of it was kept`);
    expect(await db.query("SELECT name FROM orchestration.schema_migrations")).toEqual([{ name: all[0] }]);
    expect(await db.query("SELECT to_regclass('orchestration.half') AS half")).toEqual([{ half: null }]);
    expect((await run()).applied).toEqual(all.slice(1));
  });

  test("an applied file that has changed, a renamed one, and a database that is newer are refused by name", async () => {
    await run();
    await expect(run(changed(2, () => ({ sha256: "0".repeat(64) })))).rejects.toThrow(new RegExp(`^migration ${all[1]} was changed after it was applied \\(SHA-256 was [0-9a-f]{64}, is 0{64}\\)`));
    await expect(run(changed(2, () => ({ name: "0002-other.sql" })))).rejects.toThrow(`migration 2 was applied as ${all[1]}, but is called 0002-other.sql here`);
    await expect(run(migrations.slice(0, -1))).rejects.toThrow(`the database has migration ${all.at(-1)}, which this program does not know`);
    await db.query("DELETE FROM orchestration.schema_migrations WHERE number = 1");
    await expect(run()).rejects.toThrow(`migration ${all[0]} was never applied, though later ones were`);
  });

  test("a lock that another holds too long is told with its holder", async () => {
    await as("orchestration", async (holder) => {
      await holder.query(`BEGIN; SELECT pg_advisory_xact_lock(${LOCK_KEY})`);
      await as("orchestration", async (client) => {
        const impatient = { query: (text: string, ...rest: unknown[]) => (client.query as any)(typeof text === "string" ? text.replace("lock_timeout = '60s'", "lock_timeout = '200ms'") : text, ...rest) };
        await expect(migrate(impatient as typeof client, migrations)).rejects.toThrow(/^another migration holds advisory lock 1234567890 for more than 60 s: process \d+ \(dive-orchestration\), since .*\. Nothing was changed; run \.\/dive up again once it is through$/);
      });
    });
    expect((await run()).applied).toEqual(all);
  });

  test("wait for the lock although the role's statements are limited to less", async () => {
    await db.query("ALTER ROLE orchestration SET statement_timeout = '300ms'");
    try {
      await as("orchestration", async (holder) => {
        await holder.query("BEGIN; SET LOCAL statement_timeout = 0");
        await holder.query("SELECT pg_advisory_xact_lock($1)", [LOCK_KEY]);
        const waiting = run();
        await holder.query("SELECT pg_sleep(1)");
        await holder.query("COMMIT");
        expect((await waiting).applied).toEqual(all);
      });
    } finally {
      await db.query("ALTER ROLE orchestration RESET statement_timeout");
    }
  });
});

describe("the preflight", () => {
  test("names everything that is in the way, and changes nothing", async () => {
    await expect(as("orchestration_service", preflight)).rejects.toThrow("the database cannot be migrated: this user may make nothing in schema orchestration. Nothing was changed");
    await db.query("DROP SCHEMA orchestration CASCADE");
    await as("orchestration", (client) => expect(preflight(client)).rejects.toThrow("it has no schema orchestration"));
    await as("orchestration", async (client) => {
      await client.query("SET default_transaction_read_only = on");
      await expect(preflight(client)).rejects.toThrow("the database cannot be migrated: its transactions are read only; it has no schema orchestration. Nothing was changed");
    });
  });

  test("refuses old servers, and those in recovery", async () => {
    const server = (facts: object) => ({ query: async () => ({ rows: [{ version: "17.6", number: 170006, recovering: false, read_only: "off", encoding: "UTF8", may_create: true, ...facts }] }) }) as never;
    await preflight(server({}));
    await expect(preflight(server({ version: "16.4", number: 160004 }))).rejects.toThrow("PostgreSQL 16.4 is too old, 17 or newer is needed");
    await expect(preflight(server({ recovering: true, read_only: "on" }))).rejects.toThrow("cannot be migrated: the server is in recovery or a standby, and takes no writes. Nothing");
  });

  test("notices a full disk, and goes on as if nothing had been when there is room", async () => {
    await as("orchestration", async (client) => {
      await client.query("BEGIN");
      await roomOnDisk(client);
      expect((await client.query("SELECT to_regclass('pg_temp.dive_room') AS room")).rows).toEqual([{ room: null }]);
      await client.query("COMMIT");
    });
    await db.query("CREATE TABLESPACE small LOCATION '/small'");
    await db.query("GRANT CREATE ON TABLESPACE small TO orchestration; ALTER ROLE orchestration SET temp_tablespaces = small");
    try {
      await expect(run()).rejects.toThrow(/^the database cannot be migrated: less than 32 MiB are left on its disk, of which it uses \d+ kB itself\. Nothing was changed; make room and run \.\/dive up again$/);
      expect(await db.query("SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'orchestration'")).toEqual([{ n: 0 }]);
    } finally {
      await db.query("ALTER ROLE orchestration RESET temp_tablespaces");
    }
    expect((await run()).applied).toEqual(all);
  });
});

describe("rights", () => {
  test("the service writes what it measures and reads the rest, the reader only reads, later tables included", async () => {
    await run();
    await as("orchestration", (client) => client.query("CREATE TABLE orchestration.later (id integer)"));
    await as("orchestration_reader", async (client) => {
      for (const { name } of await db.query("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'orchestration'")) await client.query(`SELECT FROM orchestration.${name}`);
      await client.query("SELECT * FROM orchestration.circuit_breakers");
      await expect(client.query("INSERT INTO orchestration.errors (code, severity, component, message, remedy) VALUES ('DIVE_X', 'error', 'x', 'x', 'x')")).rejects.toThrow("permission denied");
      await expect(client.query("SELECT orchestration.apply_retention()")).rejects.toThrow("permission denied");
      await expect(client.query("CREATE TEMPORARY TABLE scratch (id integer)")).rejects.toThrow("permission denied");
    });
    await as("orchestration_service", async (client) => {
      await client.query("INSERT INTO orchestration.circuit_breaker_state (circuit, instance) VALUES ('federation-link', 'FRA')");
      await client.query("INSERT INTO orchestration.errors (code, severity, component, message, remedy) VALUES ('DIVE_X', 'error', 'x', 'x', 'x')");
      await client.query("INSERT INTO orchestration.metrics (name, value) VALUES ('x', 1)");
      await client.query("SELECT * FROM orchestration.later");
      await expect(client.query("INSERT INTO orchestration.later VALUES (1)")).rejects.toThrow("permission denied");
      await expect(client.query("DELETE FROM orchestration.schema_migrations")).rejects.toThrow("permission denied");
    });
  });

  test("what is old enough is removed, by the service too", async () => {
    await run();
    await db.query(`
      INSERT INTO orchestration.metrics (name, value, recorded_at) SELECT 'x', d, now() - d * interval '1 day' FROM generate_series(28, 32) AS d;
      INSERT INTO orchestration.errors (code, severity, component, message, remedy, occurred_at, resolved_at, resolved_by)
      SELECT 'DIVE_X', 'error', 'x', d::text, 'x', now() - interval '200 days', now() - d * interval '1 day', 'x' FROM generate_series(88, 92) AS d;
      INSERT INTO orchestration.errors (code, severity, component, message, remedy, occurred_at) VALUES ('DIVE_X', 'error', 'x', 'unresolved', 'x', now() - interval '5 years');
      INSERT INTO orchestration.deployments (run, instance, stack, operation, source, holder, state, started_at, ended_at)
      SELECT gen_random_uuid(), code, 'dev', 'up', 'dive', 'x', 'COMPLETE', now() - d * interval '1 day', now() - d * interval '1 day'
      FROM (VALUES ('USA', 400), ('USA', 390), ('USA', 10), ('FRA', 500)) AS old (code, d)`);
    const removed = await as("orchestration_service", async (client) => (await client.query("SELECT * FROM orchestration.apply_retention()")).rows);
    expect(removed).toEqual([{ table_name: "metrics", removed: "3" }, { table_name: "errors", removed: "3" }, { table_name: "deployments", removed: "2" }]);
    expect(await db.query("SELECT instance FROM orchestration.deployments ORDER BY 1")).toEqual([{ instance: "FRA" }, { instance: "USA" }]);
    expect(await db.query("SELECT count(*)::int AS n FROM orchestration.errors WHERE resolved_at IS NULL")).toEqual([{ n: 1 }]);
  });
});

describe("a deployment that did not end well", () => {
  const deployment = (run: number, state: string, endedAt: string) => db.query(
    `INSERT INTO orchestration.deployments (run, instance, stack, operation, source, holder, state, started_at, ended_at, failed_step, error_code, error_message)
     VALUES (('00000000-0000-0000-0000-00000000000' || $1)::uuid, 'FRA', 'dev', 'up', 'dive', 'x', $2, '2026-11-01', $3, $4, $5, $6)
     ON CONFLICT (run, instance) DO UPDATE SET state = excluded.state, ended_at = excluded.ended_at, failed_step = excluded.failed_step, error_code = excluded.error_code, error_message = excluded.error_message`,
    [run, state, endedAt || null, ...(state === "FAILED" ? ["link-fra-check", "RESOURCE_FAILED", "nobody there"] : [null, null, null])],
  );
  const open = () => db.query("SELECT code, severity, component, message, remedy FROM orchestration.errors WHERE resolved_at IS NULL");

  test("is an error with its remedy until the next one ends, once, and not when its record comes late", async () => {
    await run();
    const failed = { code: "DIVE_ERR_RESOURCE_FAILED", severity: "error", component: "deployment/FRA", message: "at link-fra-check: nobody there", remedy: "./dive status tells step and error; remove the cause, then ./dive up" };
    await deployment(1, "DEPLOYING", "");
    expect(await open()).toEqual([]);
    await deployment(1, "FAILED", "2026-11-02");
    await deployment(1, "FAILED", "2026-11-02");
    expect(await open()).toEqual([failed]);
    await deployment(2, "INTERRUPTED", "2026-11-03");
    expect(await open()).toEqual([{ code: "DIVE_ERR_DEPLOYMENT_INTERRUPTED", severity: "warning", component: "deployment/FRA", message: "up of stack dev was cut off", remedy: "./dive up takes it up where it ended" }]);
    await deployment(3, "COMPLETE", "2026-11-04");
    await deployment(4, "FAILED", "2026-11-03 12:00");
    expect(await open()).toEqual([]);
    expect(await db.query("SELECT resolved_by FROM orchestration.errors ORDER BY id")).toEqual([{ resolved_by: "INTERRUPTED of run 00000000-0000-0000-0000-000000000002" }, { resolved_by: "COMPLETE of run 00000000-0000-0000-0000-000000000003" }]);
  });
});

describe("the resource", () => {
  const inputs = (): OrchestrationSchemaInputs => {
    const reader = db.login("orchestration_reader");
    return { ...db.login("orchestration"), reader: reader.username, readerPassword: reader.password, timeoutSeconds: 10, version: 1, migrations: migrations.map(({ sql: _sql, ...id }) => id) };
  };

  test("makes the tables once; reading and running it again change nothing", async () => {
    const { id, outs } = await provider.create(inputs());
    expect(id).toBe("orchestration.orchestration");
    expect(outs).toMatchObject({ schemaVersion: migrations.length, tablesBefore: 1 });
    expect(await provider.diff(id, outs!, inputs())).toEqual({ changes: false });
    expect(await provider.read(id, outs)).toEqual({ id, props: outs });
    expect(await provider.update(id, outs!, inputs())).toEqual({ outs });
    expect(await as("orchestration_reader", async (client) => (await client.query("SHOW default_transaction_read_only")).rows)).toEqual([{ default_transaction_read_only: "on" }]);
  });

  test("a migration more is an update, a lost database is gone, and another password is not taken for one that works", async () => {
    const { id, outs } = await provider.create(inputs());
    const older = { ...outs!, migrations: outs!.migrations.slice(0, -1) };
    expect(await provider.diff(id, older, inputs())).toEqual({ changes: true });
    await db.empty();
    expect(await provider.read(id, outs)).toEqual({});
    expect(await provider.read(id, { ...outs!, database: "lost" })).toEqual({});
    await expect(provider.create({ ...inputs(), password: "other", timeoutSeconds: 1 })).rejects.toThrow(/user orchestration: .*password authentication failed/);
    await expect(provider.read(id, { ...outs!, port: 1 })).rejects.toThrow(/PostgreSQL at localhost:1, database orchestration, user orchestration: .*ECONNREFUSED/);
  });

  test("refuses bad inputs by name, without the secrets", async () => {
    const { failures } = await provider.check({} as never, { ...inputs(), port: 0, password: "", readerPassword: "", timeoutSeconds: 0 });
    expect(failures!.map(({ property }) => property)).toEqual(["port", "password", "readerPassword", "timeoutSeconds"]);
  });
});
