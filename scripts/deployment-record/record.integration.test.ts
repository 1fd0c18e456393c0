import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hubEvents } from "../../tests/support/engine-events.ts";
import { asOwner, orchestrationServer, recorderOptions, type OrchestrationServer } from "../../tests/support/orchestration-server.ts";
import { connect, type Connection } from "./database.ts";
import { journalFile } from "./journal.ts";
import { leaseHolder, takeLease } from "./leases.ts";
import { Recorder, type RecorderOptions } from "./recorder.ts";
import { lastDeployment } from "./store.ts";

let server: OrchestrationServer;
let db: Connection;
let stateDir: string;
const children: ChildProcess[] = [];
const support = join(import.meta.dirname, "../../tests/support");

const optionsOf = () => recorderOptions(server, stateDir);

beforeAll(async () => {
  server = await orchestrationServer();
  db = await asOwner(server);
}, 180_000);

afterAll(async () => {
  await db.end();
  await server[Symbol.asyncDispose]();
});

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "dive-record-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await db.query("TRUNCATE orchestration.deployments, orchestration.leases CASCADE");
  await rm(stateDir, { recursive: true });
});

/** A run of events from its begin to its end. */
async function record(options: RecorderOptions, events: readonly (keyof typeof hubEvents)[], exitCode: number) {
  const recorder = await Recorder.begin(options);
  for (const event of events.flatMap((name) => hubEvents[name])) recorder.take(event);
  return { kept: await recorder.end(exitCode), recorder };
}

const count = async (table: string): Promise<number> => Number(((await db.query(`SELECT count(*) FROM orchestration.${table}`)).rows[0] as { count: string }).count);
const path = async (): Promise<string[]> => (await db.query("SELECT to_state FROM orchestration.deployment_transitions ORDER BY run, sequence")).rows.map((row) => (row as { to_state: string }).to_state);

/** Starts a process that records and answers when it has begun. */
async function recordingProcess(absent = false): Promise<ChildProcess> {
  const { access, ca } = server;
  const child = spawn(process.execPath, [join(support, "recording-process.ts"), JSON.stringify({ server: { access, ca, absent }, stateDir, run: randomUUID() })], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  await once(child.stdout!, "data");
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

describe("a run's record", () => {
  test("is written with transitions, steps and durations, and its lease given back", async () => {
    const { kept } = await record(await optionsOf(), ["begin", "done"], 0);
    expect(kept).toEqual([]);
    expect(await path()).toEqual(["INITIALIZING", "DEPLOYING", "COMPLETE"]);
    expect(await count("leases")).toBe(0);
    const last = await lastDeployment(db, "USA");
    expect(last).toMatchObject({ state: "COMPLETE", stack: "dev", source: "dive", operation: "up" });
    expect(Object.keys(last.phases)).toEqual(["INITIALIZING", "DEPLOYING"]);
    await delay(50); // the phases of a run that is over go on no more
    const later = await lastDeployment(db, "USA");
    expect(later).toEqual(last);
    expect(Object.values(later.phases).reduce((sum, seconds) => sum + seconds, 0)).toBeCloseTo(later.seconds!, 3);
    expect((await db.query("SELECT resource, phase, result FROM orchestration.deployment_steps")).rows).toEqual([{ resource: "hub-opa", phase: "DEPLOYING", result: "done" }]);
  });

  test("of a failure names step and error", async () => {
    await record(await optionsOf(), ["begin", "failed"], 1);
    expect(await lastDeployment(db, "USA")).toMatchObject({ state: "FAILED", failedStep: "hub-opa", errorCode: "RESOURCE_FAILED", errorMessage: "port is taken" });
  });

  test("is not there when nothing changed after a complete one", async () => {
    const tables = async () => [await count("deployments"), await count("deployment_transitions"), await count("deployment_steps"), await count("leases")];
    await record(await optionsOf(), ["begin", "done"], 0);
    const before = await tables();
    await record(await optionsOf(), ["unchanged"], 0);
    expect(await tables()).toEqual(before);
    expect(existsSync(journalFile(stateDir, "dev"))).toBe(false);
  });

  test("after one that failed says that nothing is left to do, once", async () => {
    await record(await optionsOf(), ["begin", "failed"], 1);
    for (const _ of [1, 2]) await record(await optionsOf(), ["unchanged"], 0);
    expect(await lastDeployment(db, "USA")).toMatchObject({ state: "COMPLETE" });
    expect(await count("deployments")).toBe(2);
  });

  test("feeds the exporter: 1 for the state, 0 for all others, and seconds", async () => {
    await record(await optionsOf(), ["begin", "failed"], 1);
    const reader = await connect(server.access, "reader", server.ca);
    try {
      const { rows } = await reader.query("SELECT state, value FROM orchestration.dive_v3_deployment_state WHERE instance = 'USA' ORDER BY value DESC, state");
      expect(rows.filter((row) => (row as { value: number }).value === 1)).toEqual([{ state: "FAILED", value: 1 }]);
      expect(rows).toHaveLength(8);
      const [duration] = (await reader.query("SELECT * FROM orchestration.dive_v3_deployment_duration_seconds")).rows as { instance: string; value: number }[];
      expect(duration!.instance).toBe("USA");
      expect(duration!.value).toBeGreaterThanOrEqual(0);
      await expect(reader.query("DELETE FROM orchestration.deployments")).rejects.toThrow(/read-only transaction/);
    } finally {
      await reader.end();
    }
  });
});

describe("the database itself", () => {
  const insert = (values: string) => db.query(`INSERT INTO orchestration.deployments (run, instance, stack, operation, source, holder, state, started_at) VALUES (gen_random_uuid(), ${values}, now())`);
  const move = (run: string, sequence: number, from: string, to: string) =>
    db.query("INSERT INTO orchestration.deployment_transitions (run, instance, sequence, from_state, to_state, at) VALUES ($1, 'USA', $2, $3, $4, now())", [run, sequence, from, to]);

  test("refuses unknown states, codes that are not of three letters, and an end without a time", async () => {
    await expect(insert("'USA', 's', 'up', 'dive', 'h', 'PARTIAL'")).rejects.toThrow(/check constraint/);
    await expect(insert("'USAX', 's', 'up', 'dive', 'h', 'INITIALIZING'")).rejects.toThrow(/check constraint/);
    await expect(insert("'USA', 's', 'up', 'dive', 'h', 'COMPLETE'")).rejects.toThrow(/check constraint/);
  });

  test("refuses a transition that the state machine does not have, and one that does not begin where the last ended", async () => {
    const { rows } = await insert("'USA', 's', 'up', 'dive', 'h', 'INITIALIZING'").then(() => db.query("SELECT run FROM orchestration.deployments"));
    const { run } = rows[0] as { run: string };
    await expect(move(run, 1, "INITIALIZING", "DEPLOYING")).rejects.toThrow(/check constraint/);
    await move(run, 1, "UNKNOWN", "INITIALIZING");
    await expect(move(run, 2, "DEPLOYING", "VERIFYING")).rejects.toThrow(/foreign key constraint/);
    await expect(move(run, 3, "INITIALIZING", "DEPLOYING")).rejects.toThrow(/foreign key constraint/);
    await expect(move(run, 2, "INITIALIZING", "UNKNOWN")).rejects.toThrow(/foreign key constraint/);
    await move(run, 2, "INITIALIZING", "VERIFYING");
  });
});

describe("the lease", () => {
  test("is held by one of two processes at a time: no update of a counter that is read and then written is lost", { timeout: 120_000 }, async () => {
    const times = process.env["DIVE_TEST_ALL"] ? 500 : 60;
    await db.query("CREATE TABLE counter (value int); INSERT INTO counter VALUES (0)");
    const argument = JSON.stringify({ access: server.access, ca: server.ca, times });
    const loops = [1, 2].map(() => execa(process.execPath, [join(support, "lease-loop.ts"), argument]));
    await Promise.all(loops.map((loop) => Promise.race([once(loop.stdout, "data"), loop])));
    for (const loop of loops) loop.stdin.end();
    const ended = await Promise.all(loops);
    const [counter] = (await db.query("SELECT value FROM counter")).rows as { value: number }[];
    await db.query("DROP TABLE counter");
    expect(counter!.value).toBe(2 * times);
    expect(ended.reduce((sum, { stdout }) => sum + Number(/refused (\d+)$/.exec(stdout)![1]), 0), "they met").toBeGreaterThan(0);
  });

  test("refuses a second deployment while the first lives, and says whose it is and until when", async () => {
    const first = await recordingProcess();
    const error = (await record(await optionsOf(), [], 0).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ exitCode: 21 });
    expect(error.message).toMatch(new RegExp(`^USA is being deployed by \\S+, process ${first.pid}, stack dev of /a/clone; its lease holds until 20\\d\\d-.*Z`));
  });

  test("of another machine holds until it expires, and then is anybody's", async () => {
    const { own } = await optionsOf();
    const [theirs, ours] = [randomUUID(), randomUUID()];
    const other = { ...own, machine: "another machine", pid: 2 ** 22 + 1, holder: "somebody" };
    expect(await takeLease(db, "USA", theirs, other)).toBeUndefined();
    expect(await takeLease(db, "USA", ours, own)).toMatchObject({ run: theirs, holder: "somebody" });
    await db.query("UPDATE orchestration.leases SET acquired_at = now() - interval '2 min', expires_at = now() - interval '1 s'");
    expect(await leaseHolder(db, "USA")).toBeUndefined();
    expect(await takeLease(db, "USA", ours, own)).toBeUndefined();
    expect(await takeLease(db, "USA", theirs, other)).toMatchObject({ run: ours });
  });

  test("that is lost while the engine runs stops the run", async () => {
    let refused = 0;
    const recorder = await Recorder.begin({ ...(await optionsOf()), onRefused: () => (refused += 1) });
    const other = { machine: "another machine", pid: 1, pidStarted: "", holder: "somebody" };
    await db.query("TRUNCATE orchestration.leases");
    expect(await takeLease(db, "USA", randomUUID(), other)).toBeUndefined();
    await db.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dive' AND pid <> pg_backend_pid()");
    for (const event of hubEvents.begin) recorder.take(event);
    await expect.poll(() => refused, { timeout: 5000 }).toBe(1);
    expect(await recorder.end(8)).toEqual(["USA"]);
    expect(recorder.refused).toMatchObject({ holder: "somebody" });
  });
});

describe("a writer that is killed", () => {
  test("leaves INTERRUPTED, and its lease does not stop the next run on this machine", async () => {
    const options = await optionsOf();
    const child = await recordingProcess();
    await expect.poll(() => count("deployment_transitions"), { timeout: 10_000 }).toBe(2);
    await kill(child);
    expect(await count("leases")).toBe(1);
    await record(options, [], 0);
    expect(await path()).toEqual(["INITIALIZING", "DEPLOYING", "INTERRUPTED"]);
    expect(await lastDeployment(db, "USA")).toMatchObject({ state: "INTERRUPTED" });
    expect(await count("leases")).toBe(0);
  });

  test("before there was a database leaves it too", async () => {
    const options = await optionsOf();
    const child = await recordingProcess(true);
    await expect.poll(() => existsSync(journalFile(options.stateDir, "dev")), { timeout: 10_000 }).toBe(true);
    await kill(child);
    await record(options, [], 0);
    expect(await path()).toEqual(["INITIALIZING", "DEPLOYING", "INTERRUPTED"]);
    expect(existsSync(journalFile(options.stateDir, "dev"))).toBe(false);
  });
});

describe("a database that is not there", () => {
  test("at first gets the whole record once it comes", async () => {
    let there = false;
    const recorder = await Recorder.begin({ ...(await optionsOf()), access: async () => (there ? { USA: server.access } : ({} as Record<string, typeof server.access>)) });
    for (const event of hubEvents.begin) recorder.take(event);
    expect(await count("deployments")).toBe(0);
    there = true;
    await expect.poll(path, { timeout: 10_000 }).toEqual(["INITIALIZING", "DEPLOYING"]);
    for (const event of hubEvents.done) recorder.take(event);
    expect(await recorder.end(0)).toEqual([]);
    expect(await path()).toEqual(["INITIALIZING", "DEPLOYING", "COMPLETE"]);
  });

  test("in the middle, its connection cut, gets the rest when it answers again", async () => {
    const recorder = await Recorder.begin(await optionsOf());
    for (const event of hubEvents.begin) recorder.take(event);
    await expect.poll(path, { timeout: 10_000 }).toEqual(["INITIALIZING", "DEPLOYING"]);
    await db.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dive' AND pid <> pg_backend_pid()");
    for (const event of hubEvents.done) recorder.take(event);
    expect(await recorder.end(0)).toEqual([]);
    expect(await path()).toEqual(["INITIALIZING", "DEPLOYING", "COMPLETE"]);
  });

  test("ever is waited for no longer than the limit, and the record is kept and written by the next command", async () => {
    const options = await optionsOf();
    const nowhere = async () => ({ USA: { ...server.access, port: 1 } });
    const started = performance.now();
    const { kept, recorder } = await record({ ...options, access: nowhere }, ["begin", "done"], 0);
    expect(performance.now() - started).toBeLessThan(5000);
    expect(kept).toEqual(["USA"]);
    expect(recorder.problems[0]).toContain("ECONNREFUSED");
    await record(options, ["unchanged"], 0);
    expect(await path()).toEqual(["INITIALIZING", "DEPLOYING", "COMPLETE"]);
    expect(existsSync(journalFile(options.stateDir, "dev"))).toBe(false);
  });
});
