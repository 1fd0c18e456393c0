/** Many processes at once, killed ones, and databases of every earlier version. */
import { fork, type ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { MigratingMessage } from "../../tests/support/migrating-process.ts";
import { orchestrationDatabase, type OrchestrationDatabase } from "../../tests/support/orchestration-database.ts";
import { withConnection } from "./connection.ts";
import { migrate } from "./migrate.ts";
import { readMigrations } from "./migrations.ts";

const PROCESSES = 50;
const ROUNDS = process.env["DIVE_TEST_ALL"] ? 20 : 2;
const KILLS = process.env["DIVE_TEST_ALL"] ? 50 : 3;
const SEED = Number(process.env["DIVE_TEST_SEED"] ?? 1234567890);

const migrations = readMigrations();
const all = migrations.map(({ name }) => name);
let db: OrchestrationDatabase;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  db = await orchestrationDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => db.empty());
afterEach(() => children.forEach((child) => child.kill("SIGKILL")));

/** A process of its own that migrates when it is told to. */
interface Migrator {
  readonly child: ChildProcess;
  /** Resolves with what came of one migration; undefined when the process ended before it was through. */
  readonly migrate: () => Promise<MigratingMessage | undefined>;
  /** Resolves when it next tells of the step. */
  readonly step: (name: string) => Promise<void>;
}

/** Starts one and waits until it has loaded everything. */
async function migrator(): Promise<Migrator> {
  const child = fork(new URL("../../tests/support/migrating-process.ts", import.meta.url), [JSON.stringify(db.login("orchestration"))]);
  children.add(child);
  child.once("exit", () => children.delete(child));
  child.setMaxListeners(0);
  const next = <T>(wanted: (message: MigratingMessage) => T | undefined) => new Promise<T | undefined>((resolve) => {
    const settle = (result: T | undefined) => {
      child.off("message", listen).off("exit", ended);
      resolve(result);
    };
    const listen = (message: MigratingMessage) => {
      const result = wanted(message);
      if (result !== undefined) settle(result);
    };
    const ended = () => settle(undefined);
    child.on("message", listen).once("exit", ended);
  });
  const step = async (name: string) => {
    const told = await next((message) => ("step" in message && message.step === name ? true : undefined));
    if (told === undefined) throw new Error(`the process ended (${child.exitCode ?? child.signalCode}) before it was ${name}`);
  };
  const migrate = () => {
    const result = next((message) => ("step" in message ? undefined : message));
    child.send("go");
    return result;
  };
  await step("ready");
  return { child, migrate, step };
}

const state = async () => ({
  history: (await db.query("SELECT name FROM orchestration.schema_migrations ORDER BY number")).map(({ name }) => name),
  tables: (await db.query("SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'orchestration'"))[0].n,
});
const migrateHere = (files = migrations) => withConnection(db.login("orchestration"), 60, (client) => migrate(client, files));

test(`${PROCESSES} processes at once, ${ROUNDS} times: exactly one applies each migration, and all end well`, async () => {
  // The same processes in every round: that each must start anew would test how fast Node starts.
  const racers = await Promise.all(Array.from({ length: PROCESSES }, migrator));
  expect(new Set(racers.map(({ child }) => child.pid)).size).toBe(PROCESSES);
  for (let round = 1; round <= ROUNDS; round++) {
    await db.empty();
    const results = await Promise.all(racers.map(({ migrate }) => migrate()));
    expect(results.filter((result) => result === undefined || !("applied" in result)), `round ${round}`).toEqual([]);
    expect(results.flatMap((result) => (result as { applied: string[] }).applied).sort(), `round ${round}`).toEqual(all);
    const after = await state();
    expect(after.history).toEqual(all);
    expect((await migrateHere()).tablesAfter).toBe(after.tables);
  }
}, 60 * 60_000);

test(`the holder of the lock killed at ${KILLS} random moments (seed ${SEED}): the next run completes`, async () => {
  const whole = await timed();
  const { tables } = await state();
  const random = mulberry32(SEED);
  let halfway = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    await db.empty();
    const { child, migrate, step } = await migrator();
    const locked = step("locked");
    const result = migrate();
    await locked;
    await delay(random() * whole);
    child.kill("SIGKILL");
    if ((await result) === undefined) halfway++;
    const { applied } = await migrateHere();
    expect(applied, `kill ${kill}`).toEqual(all.slice(all.length - applied.length));
    expect(await state(), `kill ${kill}`).toEqual({ history: all, tables });
  }
  expect(halfway, "none was killed before it was through").toBeGreaterThan(0);
}, 60 * 60_000);

/** Milliseconds from the lock to the end. */
async function timed(): Promise<number> {
  const { migrate, step } = await migrator();
  const locked = step("locked");
  const result = migrate();
  await locked;
  const from = performance.now();
  await result;
  return performance.now() - from;
}

/** What the tables of each migration hold before the later ones come. */
const DATA: Readonly<Record<number, string>> = {
  1: `INSERT INTO orchestration.circuit_breaker_state (circuit, instance, failures, last_error, opened_at) VALUES ('federation-link', 'FRA', 5, 'refused', now()), ('federation-link', 'DEU', 0, NULL, NULL);
      INSERT INTO orchestration.errors (code, severity, component, message, remedy, context) VALUES ('DIVE_ERR_X', 'warning', 'x', 'é', 'y', '{"a": 1}');
      INSERT INTO orchestration.metrics (name, labels, value) VALUES ('x', '{"b": "c"}', 1.5)`,
  2: `INSERT INTO orchestration.deployments (run, instance, stack, operation, source, holder, state, started_at, ended_at, failed_step, error_code, error_message)
      VALUES ('00000000-0000-0000-0000-000000000001', 'USA', 'dev', 'up', 'dive', 'x', 'FAILED', now(), now(), 'a', 'DIVE_ERR_X', 'b')`,
  3: `INSERT INTO orchestration.federation_partners (code, role, realm, issuer, keycloak_url, keycloak_internal_url, client_id, redirect_uri, backend_internal_url)
      VALUES ('FRA', 'spoke', 'r', 'https://x', 'https://x', 'https://x', 'c', 'https://x', 'https://x');
      INSERT INTO orchestration.federation_links (source, target, partner, broker_alias, state) VALUES ('FRA', 'USA', 'FRA', 'fra-idp', 'ACTIVE')`,
};

test.for(migrations.slice(0, -1).map(({ number, name }) => [name, number] as const))("a database as of %s is upgraded with what it holds", async ([, version]) => {
  await migrateHere(migrations.slice(0, version));
  for (let n = 1; n <= version; n++) await db.query(DATA[n] ?? "SELECT");
  const tables = (await db.query("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'orchestration' AND tablename <> 'schema_migrations' ORDER BY 1")).map(({ name }) => name as string);
  // As JSON and without what later migrations add, so that new columns are no difference.
  const contents = async (columns?: Record<string, string[]>) => Object.fromEntries(await Promise.all(tables.map(async (name) => {
    const rows = (await db.query(`SELECT to_jsonb(t) AS row FROM orchestration.${name} AS t`)).map(({ row }) => row as Record<string, unknown>);
    return [name, rows.map((row) => JSON.stringify(Object.fromEntries((columns?.[name] ?? Object.keys(row)).map((column) => [column, row[column]])))).sort()] as const;
  })));
  const columns = Object.fromEntries(await Promise.all(tables.map(async (name) => [name, (await db.query("SELECT column_name AS name FROM information_schema.columns WHERE table_schema = 'orchestration' AND table_name = $1 ORDER BY ordinal_position", [name])).map((one) => one.name as string)] as const)));
  const before = await contents(columns);
  expect(Object.values(before).flat().length).toBeGreaterThan(3);
  expect((await migrateHere()).applied).toEqual(all.slice(version));
  expect(await contents(columns)).toEqual(before);
});

/** A small seeded source of chance (mulberry32, by T. Ettinger, public domain). */
function mulberry32(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
