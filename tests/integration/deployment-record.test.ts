import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { readMigrations } from "../../dynamic/orchestration-schema/migrations.ts";
import { connect, type Access, type Connection } from "../../scripts/deployment-record/database.ts";
import { dive, pulumi } from "../support/dive.ts";
import { docker } from "../support/docker.ts";
import { up } from "../support/stack.ts";

// Proves on a live stack that the record tells what happened to each instance: a first run, one that fails, one typed by hand, one that does nothing.
const stack = inject("stack");
const LIMIT = { timeout: 300_000 };
/** Exit code of `./dive` when another run is alive. */
const BUSY = 21;

/** A deployment as `./dive status --json` gives it. */
interface Last {
  readonly instance: string;
  readonly state: string;
  readonly seconds: number;
  readonly phases: Record<string, number>;
  readonly source: string;
  readonly failedStep?: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

let hub: Connection;

beforeAll(async () => {
  const { stdout } = await pulumi(stack.name, ["stack", "output", "orchestration", "--json", "--show-secrets"]);
  hub = await connect((JSON.parse(stdout) as Record<string, Access>)["USA"]!, "owner", stack.ca);
}, 60_000);

afterAll(() => hub.end());

async function lastDeployments(): Promise<Record<string, Last>> {
  const { output, stdout } = await dive(stack.name, ["status", "--json"], { mustSucceed: false });
  const { deployments } = JSON.parse(stdout || output) as { deployments: Last[] };
  return Object.fromEntries(deployments.map((one) => [one.instance, one]));
}

async function query<T>(sql: string, instance = "usa"): Promise<T[]> {
  return JSON.parse((await dive(stack.name, ["orch-db", "query", sql, "--instance", instance, "--json"])).stdout) as T[];
}

/** Everything that a run may write. */
const everything = "SELECT (SELECT json_agg(d) FROM orchestration.deployments d) AS deployments, (SELECT json_agg(t) FROM orchestration.deployment_transitions t) AS transitions, (SELECT count(*) FROM orchestration.deployment_steps) AS steps, (SELECT count(*) FROM orchestration.leases) AS leases";

test.for(["usa", "fra"])("the first up of %s went through all phases to COMPLETE, and each took its time", LIMIT, async (code) => {
  const [first] = await query<{ run: string; state: string; source: string; seconds: number }>(
    "SELECT run, state, source, extract(epoch FROM ended_at - started_at)::float AS seconds FROM orchestration.deployments ORDER BY started_at LIMIT 1", code,
  );
  expect(first).toMatchObject({ state: "COMPLETE", source: "dive" });
  const phases = await query<{ state: string; seconds: number }>(`SELECT state, seconds FROM orchestration.deployment_durations WHERE run = '${first!.run}' ORDER BY entered_at`, code);
  expect(phases.map(({ state }) => state)).toEqual(["INITIALIZING", "DEPLOYING", "CONFIGURING", "VERIFYING"]);
  expect(phases.reduce((sum, { seconds }) => sum + seconds, 0)).toBeCloseTo(first!.seconds, 2);
  const [steps] = await query<{ done: number; others: number }>("SELECT count(*) FILTER (WHERE result = 'done')::int AS done, count(*) FILTER (WHERE result IS DISTINCT FROM 'done')::int AS others FROM orchestration.deployment_steps WHERE run = '" + first!.run + "'", code);
  expect(steps!.done).toBeGreaterThan(30);
  expect(steps!.others).toBe(0);
});

test("an up that finds nothing to do writes nothing", LIMIT, async () => {
  const before = [await query(everything, "usa"), await query(everything, "fra")];
  const { exitCode, output } = await dive(stack.name, ["up", "--expect-no-changes"], { mustSucceed: false });
  expect(exitCode, output).toBe(0);
  expect([await query(everything, "usa"), await query(everything, "fra")]).toEqual(before);
});

test("orch-db status tells each database's last migration and rows, and orch-db init finds nothing missing after an up", LIMIT, async () => {
  const last = readMigrations().at(-1)!;
  const { databases } = JSON.parse((await dive(stack.name, ["orch-db", "status", "--json"])).stdout) as { databases: { instance: string; version: string; migration: string; tables: Record<string, number> }[] };
  expect(databases.map(({ instance }) => instance).sort()).toEqual(["FRA", "USA"]);
  for (const { migration, version, tables } of databases) {
    expect([migration, version]).toEqual([last.name, expect.stringMatching(/^1[7-9]\./)]);
    expect(tables).toMatchObject({ schema_migrations: last.number, federation_links: 2, circuit_breaker_state: 1 });
  }
  const done = JSON.parse((await dive(stack.name, ["orch-db", "init", "--json"])).stdout) as { instance: string }[];
  expect(done.map(({ instance, ...rest }) => rest)).toEqual(done.map(() => ({ applied: [], version: last.number, tablesBefore: Object.keys(databases[0]!.tables).length, tablesAfter: Object.keys(databases[0]!.tables).length })));
  expect(done).toHaveLength(2);
});

test("orch-db query shows a table, and refuses every write, whatever the session asks for", LIMIT, async () => {
  const { stdout } = await dive(stack.name, ["orch-db", "query", "SELECT instance, value FROM orchestration.dive_v3_deployment_state WHERE value = 1"]);
  expect(stdout).toMatch(/^instance\s+value\nUSA\s+1$/m);
  for (const sql of ["DELETE FROM orchestration.deployments", "SET default_transaction_read_only = off; DELETE FROM orchestration.deployments", "CREATE TABLE orchestration.mine ()"]) {
    const { exitCode, output } = await dive(stack.name, ["orch-db", "query", sql], { mustSucceed: false });
    expect(exitCode, output).toBe(1);
    expect(output).toMatch(/USA refused: .*(read-only transaction|permission denied)/);
  }
});

test("a failed up is FAILED with step and error, and the next one, typed by hand, COMPLETE", LIMIT, async () => {
  const name = "test-dive-spoke-fra-opa";
  const { Image } = await docker.getContainer(name).inspect();
  await docker.getContainer(name).remove({ force: true });
  const blocker = await docker.createContainer({ name, Image, Labels: { "dive.test": "blocks a name" } });
  try {
    const { exitCode, output } = await dive(stack.name, ["up"], { mustSucceed: false });
    expect(exitCode, output).not.toBe(0);
  } finally {
    await blocker.remove({ force: true });
  }
  const failed = await lastDeployments();
  expect(failed["FRA"]).toMatchObject({ state: "FAILED", failedStep: "spoke-fra-opa-container", errorCode: "RESOURCE_FAILED", source: "dive" });
  expect(failed["FRA"]!.errorMessage).toContain(name);
  expect((await dive(stack.name, ["spoke", "status", "fra"], { mustSucceed: false })).exitCode).toBe(1);

  await pulumi(stack.name, ["up", "--yes", "--skip-preview"]);
  const healed = await lastDeployments();
  expect(healed["FRA"]).toMatchObject({ state: "COMPLETE", source: "history" });
  expect(healed["FRA"]!.seconds).toBeGreaterThan(0);
  const again = await lastDeployments();
  expect(again["FRA"]).toEqual(healed["FRA"]);
});

test("an up is refused while another machine deploys one of its instances, with holder and time, and goes on once that lease has expired", LIMIT, async () => {
  const holder = "operator@elsewhere, process 7, stack dev of /srv/dive";
  await hub.query(
    `INSERT INTO orchestration.leases (instance, run, holder, machine, pid, pid_started, acquired_at, expires_at)
     VALUES ('USA', gen_random_uuid(), $1, 'another machine', 7, '', now(), now() + interval '1 hour')`, [holder],
  );
  try {
    const { exitCode, output } = await dive(stack.name, ["up"], { mustSucceed: false });
    expect(exitCode, output).toBe(BUSY);
    expect(output).toMatch(new RegExp(`USA is being deployed by ${holder.replaceAll("/", "\\/")}; its lease holds until 20\\d\\d-`));
    expect(await query("SELECT instance FROM orchestration.leases", "fra")).toEqual([]); // what it had taken is given back
    await hub.query("UPDATE orchestration.leases SET acquired_at = now() - interval '2 hours', expires_at = now() - interval '1 second'");
    await up(stack.name);
    expect(await query("SELECT instance FROM orchestration.leases")).toEqual([]);
  } finally {
    await hub.query("DELETE FROM orchestration.leases WHERE holder = $1", [holder]);
  }
});

test("spoke down stops that instance alone and keeps its data, and up brings it back", LIMIT, async () => {
  const running = async () => {
    const found = await docker.listContainers({ filters: { label: [`dive.stack=${stack.name}`], status: ["running"] } });
    return [...new Set(found.map(({ Labels }) => Labels["dive.instance"]))].sort();
  };
  await dive(stack.name, ["spoke", "down", "fra"]);
  try {
    expect(await running()).toEqual(["USA"]);
    expect((await dive(stack.name, ["hub", "status"], { mustSucceed: false })).output).not.toContain("exited");
  } finally {
    await up(stack.name);
  }
  expect(await running()).toEqual(["FRA", "USA"]);
});
