/** Circuits in a real PostgreSQL, shared by real processes. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { withConnection } from "../../../dynamic/orchestration-schema/connection.ts";
import { migrate } from "../../../dynamic/orchestration-schema/migrate.ts";
import { readMigrations } from "../../../dynamic/orchestration-schema/migrations.ts";
import { provider, type CircuitBreakerInputs } from "../../../dynamic/circuit-breaker/provider.ts";
import type { CircuitAnswer, CircuitCommand, CircuitProcessOptions } from "../../../tests/support/circuit-process.ts";
import { orchestrationDatabase, type OrchestrationDatabase } from "../../../tests/support/orchestration-database.ts";
import { PersistentCircuitBreaker, PostgresCircuitStore, readSnapshots, type CircuitSnapshot } from "./index.ts";

const key = { name: "federation-link", instance: "FRA" };
const COOL_DOWN_MS = 3_000;
/** How long a condition may take on a busy machine, beside the circuit's own times. */
const PATIENT = { timeout: 60_000, interval: 50 };
/** How long a call may try the circuit, of a process that dies meanwhile: others wait for it. */
const SHORT_PROBE_MS = 5_000;

let db: OrchestrationDatabase;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  db = await orchestrationDatabase();
  await withConnection(db.login("orchestration"), 60, (client) => migrate(client, readMigrations()));
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => db.query("TRUNCATE orchestration.circuit_breaker_state, orchestration.errors, orchestration.metrics"));
afterEach(() => children.forEach((child) => child.kill("SIGKILL")));

type Told = CircuitCommand extends infer C ? (C extends unknown ? Omit<C, "id"> : never) : never;

/** A process of its own. */
async function start(holder: string, probeLimitMs = PATIENT.timeout) {
  const options: CircuitProcessOptions = { login: db.login("orchestration_service"), key, holder, probeLimitMs };
  const child = fork(new URL("../../../tests/support/circuit-process.ts", import.meta.url), [JSON.stringify(options)]);
  children.add(child);
  await once(child, "message");
  let ids = 0;
  const answers = (id: number) => new Promise<CircuitAnswer>((resolve) => {
    const listen = (answer: CircuitAnswer) => answer.id === id && (child.off("message", listen), resolve(answer));
    child.on("message", listen);
  });
  const ask = (command: Told): Promise<CircuitAnswer> => {
    const id = ++ids;
    const answer = answers(id);
    child.send({ ...command, id });
    return answer;
  };
  return {
    execute: (execute: "success" | "unavailable" | "hold") => ask({ execute }),
    release: (release: "success" | "unavailable") => ask({ release }),
    reset: () => ask({ reset: true }),
    snapshot: async () => ((await ask({ snapshot: true })) as { snapshot: CircuitSnapshot }).snapshot,
    async die() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
type Process = Awaited<ReturnType<typeof start>>;

const declare = (coolDownMs = COOL_DOWN_MS) => db.query("INSERT INTO orchestration.circuit_breaker_state (circuit, instance, cool_down_ms) VALUES ('federation-link', 'FRA', $1)", [coolDownMs]);
const open = async (...processes: Process[]) => {
  for (let i = 0; i < 5; i++) expect(await processes[i % processes.length]!.execute("unavailable")).toMatchObject({ code: "ECONNREFUSED" });
};
const becomes = (process: Process, state: CircuitSnapshot["state"]) => vi.waitFor(async () => expect(await process.snapshot()).toMatchObject({ state }), PATIENT);

describe("two processes", () => {
  test("open one circuit together, both know at once, and only one call tries it again", async () => {
    await declare();
    const [a, b] = await Promise.all([start("a"), start("b")]);
    await open(a, b);
    expect(await a.snapshot()).toEqual(await b.snapshot());
    for (const process of [a, b]) {
      const answer = await process.execute("success");
      expect(answer).toMatchObject({ code: "DIVE_ERR_CIRCUIT_OPEN", error: expect.stringMatching(/^Circuit federation-link\/FRA is open since .* after 5 failures in a row, the last: connect ECONNREFUSED\. It is tried again at .*; to close it by hand: \.\/dive federation reset-circuit FRA$/) });
    }
    expect((await db.query("SELECT rejected FROM orchestration.circuit_breaker_state"))[0].rejected).toBe("2");

    await becomes(a, "HALF_OPEN");
    const answers = await Promise.all([a, b].flatMap((process) => Array.from({ length: 10 }, () => process.execute("hold"))));
    expect(answers.filter((answer) => "begun" in answer)).toHaveLength(1);
    expect(answers.filter((answer) => "code" in answer && answer.code === "DIVE_ERR_CIRCUIT_OPEN")).toHaveLength(19);
    await Promise.all([a.release("success"), b.release("success")]);
    await becomes(b, "CLOSED");
    expect(await a.execute("success")).toMatchObject({ done: true });
  }, 180_000);

  test("one that dies while it tries the circuit leaves it open, not half-open; another closes it later", async () => {
    await declare();
    const [a, b] = await Promise.all([start("a", SHORT_PROBE_MS), start("b")]);
    await open(a, b);
    await becomes(a, "HALF_OPEN");
    expect(await a.execute("hold")).toMatchObject({ begun: true });
    await a.die();
    expect(await b.execute("success")).toMatchObject({ code: "DIVE_ERR_CIRCUIT_OPEN", error: expect.stringMatching(/is half-open since .* a tries it now, until .* at most;/) });
    await becomes(b, "OPEN");
    expect(await b.execute("success")).toMatchObject({ code: "DIVE_ERR_CIRCUIT_OPEN", error: expect.stringContaining("is open since") });
    await becomes(b, "HALF_OPEN");
    expect(await b.execute("success")).toMatchObject({ done: true });
    expect(await (await start("c")).snapshot()).toMatchObject({ state: "CLOSED", failures: 0 });
  }, 180_000);

  test("what one has counted survives it, and a crash of PostgreSQL; without PostgreSQL nothing is waved through", async () => {
    await declare(600_000);
    const a = await start("a");
    await open(a);
    const before = await a.snapshot();
    await a.die();
    const b = await start("b");
    expect(await b.snapshot()).toEqual(before);

    const { stdout: container } = await execa("docker", ["ps", "--quiet", "--filter", `publish=${db.port}`]);
    const [{ pid }] = await db.query("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'") as [{ pid: number }];
    await execa("docker", ["exec", container, "bash", "-c", `kill -9 ${pid}`]);
    await vi.waitFor(async () => {
      const [row] = await db.query("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'");
      expect(row.pid).not.toBe(pid);
    }, PATIENT);
    await vi.waitFor(async () => expect(await b.snapshot()).toEqual(before), PATIENT);
    expect(await b.execute("success")).toMatchObject({ code: "DIVE_ERR_CIRCUIT_OPEN" });
    expect(await b.reset()).toMatchObject({ done: true });

    // Nobody takes new connections, and the one that was open is gone.
    const connections = await db.query("SELECT pid FROM pg_stat_activity WHERE usename = 'orchestration_service'");
    await execa("docker", ["kill", "--signal", "STOP", container]);
    try {
      await execa("docker", ["exec", container, "bash", "-c", `kill -9 ${connections.map((one) => one.pid).join(" ")}`]);
      expect(await b.execute("success")).toMatchObject({ code: "DIVE_ERR_CIRCUIT_STORE_UNAVAILABLE", error: expect.stringMatching(/^Circuit federation-link\/FRA: orchestration\.circuit_breaker_state cannot be asked, so no call that it guards is made: /) });
    } finally {
      await execa("docker", ["kill", "--signal", "CONT", container]);
    }
    await vi.waitFor(async () => expect(await b.execute("success")).toMatchObject({ done: true }), PATIENT);
  }, 180_000);

  test("are refused by an open circuit within 50 ms, at the median of 20 times: others use this machine, too", async () => {
    await declare(600_000);
    const a = await start("a");
    await open(a);
    const answers: CircuitAnswer[] = [];
    for (let i = 0; i < 20; i++) answers.push(await a.execute("success"));
    expect(answers.map((answer) => "code" in answer && answer.code)).toEqual(Array(20).fill("DIVE_ERR_CIRCUIT_OPEN"));
    const ms = answers.map((answer) => (answer as { ms: number }).ms).sort((a, b) => a - b);
    expect(ms[ms.length / 2]).toBeLessThan(50);
  }, 180_000);
});

describe("the store", () => {
  const within = <T>(work: (store: PostgresCircuitStore) => Promise<T>) => withConnection(db.login("orchestration_service"), 30, (client) => work(new PostgresCircuitStore(client as never)));

  test("writes by compare-and-set, and the same statement sent twice is written once", async () => {
    await withConnection(db.login("orchestration_service"), 30, async (client) => {
      const twice = new PostgresCircuitStore({ query: async (text, values) => {
        if (text.startsWith("UPDATE")) await client.query(text, values as unknown[]);
        return client.query(text, values as unknown[]);
      } });
      const read = await twice.read(key, { failures: 5, coolDownMs: 60_000 });
      const next = { ...read.circuit, state: { kind: "closed", failures: 1 } as const, lastError: "x" };
      expect(await twice.replace(key, read.version, next)).toBe(true);
      expect(await twice.read(key, { failures: 9, coolDownMs: 9 })).toMatchObject({ version: read.version + 1, circuit: { ...next, thresholds: { failures: 5, coolDownMs: 60_000 } } });
      expect(await twice.replace(key, read.version, next)).toBe(false);
    });
  });

  test("says the same as its view, in every state", async () => {
    await db.query(`INSERT INTO orchestration.circuit_breaker_state (circuit, instance, cool_down_ms, failures, last_error, opened_at, probe_holder, probe_until) VALUES
      ('federation-link', 'AAA', 60000, 0, NULL, NULL, NULL, NULL),
      ('federation-link', 'BBB', 60000, 5, 'x', now() - interval '10 s', NULL, NULL),
      ('federation-link', 'CCC', 60000, 5, 'x', now() - interval '70 s', NULL, NULL),
      ('federation-link', 'DDD', 60000, 5, 'x', now() - interval '70 s', 'p', now() + interval '50 s'),
      ('federation-link', 'EEE', 60000, 5, 'x', now() - interval '90 s', 'p', now() - interval '10 s'),
      ('federation-link', 'FFF', 60000, 5, 'x', now() - interval '190 s', 'p', now() - interval '70 s')`);
    const view = await db.query("SELECT instance, state, open_since, until FROM orchestration.circuit_breakers ORDER BY instance");
    expect(view.map(({ state }) => state)).toEqual(["CLOSED", "OPEN", "HALF_OPEN", "HALF_OPEN", "OPEN", "HALF_OPEN"]);
    const snapshots = await within((store) => readSnapshots(store));
    expect(snapshots.map(({ key, state, openedAt, until }) => ({ instance: key.instance, state, open_since: openedAt ?? null, until: until ?? null }))).toEqual(view);
  });

  test("notes an opened circuit as an error with its remedy, and its length when it closes", async () => {
    await within(async (store) => {
      const breaker = new PersistentCircuitBreaker({ key, store, thresholds: { failures: 2, coolDownMs: 1 } });
      const fail = () => breaker.execute(() => Promise.reject(Object.assign(new Error("nobody there"), { kind: "unavailable" }))).catch(() => undefined);
      await fail();
      expect(await db.query("SELECT FROM orchestration.errors")).toHaveLength(0);
      await fail();
      await fail(); // a probe that fails opens it again: still one error
      expect(await db.query("SELECT code, severity, component, message, remedy, resolved_at FROM orchestration.errors")).toEqual([{
        code: "DIVE_ERR_CIRCUIT_OPEN", severity: "error", component: "federation-link/FRA", message: "2 failures in a row, the last: nobody there", resolved_at: null,
        remedy: "./dive federation status tells what fails. The circuit closes by itself once FRA answers; at once: ./dive federation reset-circuit FRA",
      }]);
      await breaker.reset();
    });
    expect(await db.query("SELECT resolved_by FROM orchestration.errors WHERE resolved_at IS NOT NULL")).toEqual([{ resolved_by: "orchestration_service" }]);
    expect(await db.query("SELECT name, labels, value >= 0 AS ok FROM orchestration.metrics")).toEqual([{ name: "circuit_open_seconds", labels: { circuit: "federation-link", instance: "FRA" }, ok: true }]);
  });
});

describe("the resource CircuitBreaker", () => {
  const inputs = (change: Partial<CircuitBreakerInputs> = {}): CircuitBreakerInputs => ({ ...db.login("orchestration"), circuit: "federation-link", instance: "FRA", failures: 5, coolDownMs: 60_000, version: 1, ...change });
  const counts = () => db.query("SELECT failure_threshold, cool_down_ms, failures, last_error, version FROM orchestration.circuit_breaker_state");

  test("declares thresholds and touches no count; counting is no change of it", async () => {
    const { id, outs } = await provider.create(inputs());
    expect(id).toBe("federation-link/FRA");
    await db.query("UPDATE orchestration.circuit_breaker_state SET failures = 3, last_error = 'x', version = 3");
    expect(await provider.read(id, outs)).toEqual({ id, props: outs });
    expect(await provider.diff(id, outs!, inputs())).toEqual({ changes: false, replaces: [], deleteBeforeReplace: true });
    expect(await provider.diff(id, outs!, inputs({ failures: 7 }))).toMatchObject({ changes: true, replaces: [] });
    expect(await provider.diff(id, outs!, inputs({ instance: "DEU" }))).toMatchObject({ changes: true, replaces: ["instance"] });
    await provider.update(id, outs!, inputs({ failures: 7, coolDownMs: 1 }));
    expect(await counts()).toEqual([{ failure_threshold: 7, cool_down_ms: 1, failures: 3, last_error: "x", version: "3" }]);
    expect((await provider.read(id, outs)).props).toMatchObject({ failures: 7, coolDownMs: 1 });
  });

  test("a removed row is gone, and so is its database; removing it again is no error", async () => {
    const { id, outs } = await provider.create(inputs());
    await db.query("INSERT INTO orchestration.circuit_breaker_state (circuit, instance) VALUES ('federation-link', 'DEU')");
    await provider.delete(id, outs!);
    await provider.delete(id, outs!);
    expect(await provider.read(id, outs)).toEqual({});
    expect(await provider.read(id, { ...outs!, database: "lost" })).toEqual({});
    expect(await db.query("SELECT instance FROM orchestration.circuit_breaker_state")).toEqual([{ instance: "DEU" }]);
  });

  test("refuses bad inputs by name", async () => {
    const { failures } = await provider.check({} as never, inputs({ circuit: "Link", instance: "fra", failures: 0, coolDownMs: 0 }));
    expect(failures!.map(({ property }) => property)).toEqual(["failures", "coolDownMs", "circuit", "instance"]);
  });
});
