import { PersistentCircuitBreaker, PostgresCircuitStore } from "@dive/common/circuit";
import { LINK_CIRCUIT } from "@dive/common/federation";
import { createPostgresPool } from "@dive/common/postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { check } from "../../dynamic/oidc-check/check.ts";
import { connect, type Access, type Connection } from "../../scripts/deployment-record/database.ts";
import { describeUrn } from "../../scripts/engine/events.ts";
import type { DirectionStatus } from "../../scripts/federation/merge.ts";
import type { LinkStatus } from "../../services/backend/federation/view.ts";
import { CircuitWatch } from "../support/circuit-watch.ts";
import { dive, diveEnv, pulumi } from "../support/dive.ts";
import { docker, NOTHING } from "../support/docker.ts";
import { followUp } from "../support/faults.ts";
import { lateBroker } from "../support/late-broker.ts";
import { linkEnds } from "../support/link-ends.ts";
import { readStack, takeOver, tearDown, type RunningStack } from "../support/stack.ts";
import { REQUEST_LIMIT_MS, trustOnly } from "../support/trust.ts";

// A hub with three spokes, of which one loses its Keycloak: during `up` and for good, during `up` and for a moment, and between deployments.
// It takes a quarter of an hour, so `./dive test all` only; DIVE_KEEP=1 goes on with the stack that is there, and leaves it.
const STACK = "three";
const KEEP = process.env["DIVE_KEEP"] === "1";
const MINUTE_MS = 60_000;
const SIX = ["DEU -> USA", "FRA -> USA", "TST -> USA", "USA -> DEU", "USA -> FRA", "USA -> TST"];

let stack: RunningStack;
/** The hub's record. */
let hub: Connection | undefined;
let access: Record<string, Access>;

const ends = ({ source, target }: { source: string; target: string }): string => `${source} -> ${target}`;
const keycloakOf = (code: string) => docker.getContainer(`fed-dive-${code === "USA" ? "hub" : `spoke-${code.toLowerCase()}`}-keycloak`);

async function cliStatus(): Promise<{ exitCode: number; links: DirectionStatus[] }> {
  const { exitCode, stdout } = await dive(STACK, ["federation", "status", "--json"], { mustSucceed: false });
  return { exitCode, links: (JSON.parse(stdout) as { links: DirectionStatus[] }).links };
}

/** What the prober of the hub's backend and those of the spokes have found, as the hub tells it to everybody. */
async function proberStatus(): Promise<LinkStatus[]> {
  const response = await fetch(`${stack.instances["USA"]!.backendUrl}/api/federation/status`, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  return ((await response.json()) as { links: LinkStatus[] }).links;
}

/** What the tests ask, once it is up. */
async function meetTheStack(): Promise<void> {
  if (hub !== undefined) return;
  stack = await readStack(STACK);
  trustOnly(stack.ca);
  const { stdout } = await pulumi(STACK, ["stack", "output", "orchestration", "--json", "--show-secrets"]);
  access = JSON.parse(stdout) as Record<string, Access>;
  hub = await connect(access["USA"]!, "reader", stack.ca);
}

describe.runIf(process.env["DIVE_TEST_ALL"] === "1")("a hub with three spokes", () => {
  beforeAll(async () => {
    await takeOver(STACK, KEEP);
    await diveEnv(STACK); // toolchain and images, which are no part of what is measured here
  }, 15 * MINUTE_MS);

  afterAll(async () => {
    await hub?.end();
    if (!KEEP) expect(await tearDown(STACK)).toEqual(NOTHING);
  }, 5 * MINUTE_MS);

  test.skipIf(KEEP)("an up that loses a spoke's Keycloak for good fails within two minutes, naming cause and next command", { timeout: 10 * MINUTE_MS }, async () => {
    const deu = keycloakOf("DEU");
    let killed: Promise<unknown> | undefined;
    let killedAt = NaN, failedAt = NaN;
    const { exitCode, said } = await followUp(STACK, ({ resourcePreEvent, resOpFailedEvent }) => {
      // The last resource before the link's check.
      if (resourcePreEvent && describeUrn(resourcePreEvent.metadata.urn).name === "link-deu-registry-entry") {
        killedAt = performance.now();
        killed = deu.kill();
      }
      if (resOpFailedEvent) failedAt = performance.now();
    });
    await killed;
    expect(exitCode, said).not.toBe(0);
    expect((failedAt - killedAt) / 1_000, said).toBeLessThan(120);
    expect(said).toMatch(/error at link-deu-check .*link USA <-> DEU: still failing after \d attempts in \d+\.\d s; last seen: /s);
    expect(said).toMatch(/ECONNREFUSED|ECONNRESET|no answer within 3 s/);
    expect(said).toContain("Next: ./dive federation status, and ./dive logs usa keycloak or ./dive logs deu keycloak; when the cause is gone: ./dive up");

    const { stdout } = await dive(STACK, ["status", "--json"], { mustSucceed: false });
    const { deployments } = JSON.parse(stdout) as { deployments: { instance: string }[] };
    expect(deployments.find(({ instance }) => instance === "DEU")).toMatchObject({ state: "FAILED", failedStep: "link-deu-check", errorMessage: expect.stringContaining("./dive logs deu keycloak") });
    const query = "SELECT code, severity, remedy FROM orchestration.errors WHERE component = 'deployment/DEU' AND resolved_at IS NULL";
    const errors = JSON.parse((await dive(STACK, ["orch-db", "query", query, "--instance", "deu", "--json"])).stdout) as unknown[];
    expect(errors).toEqual([{ code: "DIVE_ERR_RESOURCE_FAILED", severity: "error", remedy: expect.stringContaining("./dive up") }]);
  });

  test.skipIf(KEEP)("an up in which that Keycloak is stopped and started while its link is checked ends well", { timeout: 12 * MINUTE_MS }, async () => {
    const deu = keycloakOf("DEU");
    await deu.start();
    // The outage before has used up most of what the circuit allows; its probers close it by themselves.
    await expect.poll(async () => (await cliStatus()).links.filter(({ up, circuit }) => up && circuit?.failures === 0).map(ends), { timeout: 4 * MINUTE_MS, interval: 1_000 }).toEqual(expect.arrayContaining(["DEU -> USA", "USA -> DEU"]));
    let restarted: Promise<unknown> | undefined;
    const { exitCode, said } = await followUp(STACK, ({ resourcePreEvent }) => {
      if (resourcePreEvent && describeUrn(resourcePreEvent.metadata.urn).name === "link-deu-check") restarted ??= deu.kill().then(() => deu.start());
    });
    await restarted;
    expect(restarted, said).toBeDefined();
    expect(exitCode, said).toBe(0);
  });

  test("all six directions are verified by a real sign-in, and the record says so", { timeout: 3 * MINUTE_MS }, async () => {
    await meetTheStack();
    const { rows: proofs } = await hub!.query("SELECT DISTINCT resource FROM orchestration.deployment_steps WHERE resource LIKE 'link-%-verification' AND result = 'done' ORDER BY 1");
    expect(proofs.map(({ resource }) => resource)).toEqual(["link-deu-verification", "link-fra-verification", "link-tst-verification"]);
    const { rows: health } = await hub!.query("SELECT source, target, latency_ms > 0 AS took, last_success_at IS NOT NULL AS verified FROM orchestration.federation_health WHERE check_kind = 'verification' ORDER BY source, target");
    expect(health.map((row) => [ends(row), row.took, row.verified])).toEqual(SIX.map((direction) => [direction, true, true]));
    // Now, too: what every prober has found since, behind circuits that are closed.
    await expect.poll(async () => (await cliStatus()).exitCode, { timeout: 100_000, interval: 1_000 }).toBe(0);
    const { links } = await cliStatus();
    expect(links.map(ends)).toEqual(SIX);
    for (const link of links) expect(link).toMatchObject({ up: true, verification: { ok: true, reportedBy: link.source }, circuit: { state: "CLOSED", failures: 0 } });
  });

  test("a broker that appears 25 s late verifies without opening a breaker", { timeout: 3 * MINUTE_MS }, async () => {
    await meetTheStack();
    const { from, to } = await linkEnds(stack, "FRA");
    await using proxy = await lateBroker(from.publicBase, stack.ca, "fra-idp", 25_000);
    const failed: number[] = [];
    await check({ kind: "link", from: { ...from, caCertificate: `${stack.ca}\n${proxy.certificate}` }, to }, { routes: { [from.publicBase]: proxy.base }, onAttempt: ({ attempt }) => void failed.push(attempt) });
    expect([failed, proxy.hidden()]).toEqual([[1, 2, 3, 4], 4]);
    const { links } = await cliStatus();
    for (const link of links.filter(({ source, target }) => [source, target].includes("FRA"))) expect(link.circuit).toMatchObject({ state: "CLOSED", failures: 0 });
  });

  test("a Keycloak that stops takes its two directions down and no other; its circuit opens, is tried again, and closes by itself", { timeout: 15 * MINUTE_MS }, async () => {
    await meetTheStack();
    await expect.poll(async () => (await cliStatus()).exitCode, { timeout: 3 * MINUTE_MS, interval: 1_000 }).toBe(0);
    await using watch = new CircuitWatch(hub!, "DEU");
    const deu = keycloakOf("DEU");
    await deu.kill();
    const killedAt = Date.now();
    const left = () => Math.max(1, killedAt + 3 * MINUTE_MS - Date.now());
    try {
      const up = async () => Object.fromEntries((await proberStatus()).map((link) => [ends(link), link.up]));
      const others = { "FRA -> USA": true, "TST -> USA": true, "USA -> FRA": true, "USA -> TST": true };
      await expect.poll(up, { timeout: left(), interval: 1_000 }).toEqual({ ...others, "DEU -> USA": false, "USA -> DEU": false });
      await expect.poll(() => watch.last("OPEN"), { timeout: left(), interval: 200 }).toMatchObject({ failures: 5 });
      expect(watch.changes.map(({ state, failures }) => `${state} ${failures}`)).toEqual(["CLOSED 0", "CLOSED 1", "CLOSED 2", "CLOSED 3", "CLOSED 4", "OPEN 5"]);
      const { exitCode, links } = await cliStatus();
      expect([exitCode, links.filter((link) => !link.up).map(ends)]).toEqual([1, ["DEU -> USA", "USA -> DEU"]]);
      expect(links[0]).toMatchObject({ source: "DEU", circuit: { state: "OPEN", failures: 5 } });

      await expect.poll(() => watch.last("HALF_OPEN"), { timeout: 2 * MINUTE_MS, interval: 200 }).toBeDefined();
      const halfOpen = watch.last("HALF_OPEN")!;
      expect(halfOpen.seenAt - halfOpen.openedAt!).toBeGreaterThanOrEqual(60_000);
      expect(halfOpen.seenAt - halfOpen.openedAt!).toBeLessThan(61_000);

      await stopsRetrying();
      expect(await up()).toMatchObject(others);
    } finally {
      await deu.start();
    }
    await expect.poll(() => watch.changes.at(-1), { timeout: 4 * MINUTE_MS, interval: 200 }).toMatchObject({ state: "CLOSED", failures: 0 });
    await expect.poll(async () => (await cliStatus()).exitCode, { timeout: 4 * MINUTE_MS, interval: 1_000 }).toBe(0);
  });

  test("a circuit survives a restart of PostgreSQL, and while that is down what it guards is refused, not waved through", { timeout: 5 * MINUTE_MS }, async () => {
    await meetTheStack();
    await using shared = await circuit("three-spokes");
    const { breaker } = shared;
    for (let n = 0; n < 5; n++) await breaker.execute(unavailable).catch(() => undefined);
    const before = await breaker.snapshot();
    expect(before).toMatchObject({ state: "OPEN", failures: 5 });
    const postgres = docker.getContainer("fed-dive-hub-postgres");
    await postgres.stop();
    let asked = false;
    try {
      const refused = await breaker.execute(async () => void (asked = true)).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: "DIVE_ERR_CIRCUIT_STORE_UNAVAILABLE", message: expect.stringContaining("so no call that it guards is made") });
      expect(asked).toBe(false);
      const { exitCode, output } = await dive(STACK, ["federation", "status"], { mustSucceed: false });
      expect([exitCode, output]).toEqual([1, expect.stringContaining("The record of USA does not answer")]);
    } finally {
      await postgres.start();
    }
    await expect.poll(() => breaker.snapshot().catch(() => undefined), { timeout: 2 * MINUTE_MS, interval: 500 }).toEqual(before);
    await expect(breaker.execute(async () => void (asked = true))).rejects.toMatchObject({ code: "DIVE_ERR_CIRCUIT_OPEN" });
    expect(asked).toBe(false);
    await expect.poll(async () => (await cliStatus()).exitCode, { timeout: 3 * MINUTE_MS, interval: 1_000 }).toBe(0);
  });

  test("after that a second up and a refresh show 0 changes", { timeout: 10 * MINUTE_MS }, async () => {
    const again = await dive(STACK, ["up", "--expect-no-changes"], { mustSucceed: false });
    expect(again.exitCode, again.output).toBe(0);
    const refreshed = await pulumi(STACK, ["refresh", "--yes", "--skip-preview", "--expect-no-changes"], { mustSucceed: false });
    expect(refreshed.exitCode, refreshed.output).toBe(0);
  });
});

const unavailable = () => Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));

/** The breaker of another process at the hub: for the link with DEU, or for a circuit of a test that ends with it. */
async function circuit(name: string): Promise<{ breaker: PersistentCircuitBreaker } & AsyncDisposable> {
  const { host, port, database, owner } = access["USA"]!;
  const pool = createPostgresPool({ host, port, database, ...owner, ca: [stack.ca], applicationName: "dive-test", max: 1 });
  return {
    breaker: new PersistentCircuitBreaker({ key: { name, instance: "DEU" }, store: new PostgresCircuitStore(pool), thresholds: { failures: 5, coolDownMs: 3_600_000 } }),
    async [Symbol.asyncDispose]() {
      if (name !== LINK_CIRCUIT) await pool.query("DELETE FROM orchestration.circuit_breaker_state WHERE circuit = $1", [name]);
      await pool.close();
    },
  };
}

/** While a Keycloak is away: a circuit that another process opens in the middle of a check ends it, and an open one lets none begin. */
async function stopsRetrying(): Promise<void> {
  await dive(STACK, ["federation", "reset-circuit", "DEU"]);
  const both = await linkEnds(stack, "DEU");
  await using another = await circuit(LINK_CIRCUIT);
  const open = async (): Promise<void> => {
    while ((await another.breaker.snapshot()).state === "CLOSED") await another.breaker.execute(unavailable).catch(() => undefined);
  };
  let opened: Promise<void> | undefined;
  const failed: (number | undefined)[] = [];
  // Only the hub's half: the spoke's has a circuit of its own.
  const { database: _database, adminClientId: _id, adminClientSecret: _secret, ...partner } = both.to;
  const error = await check({ kind: "link", from: both.from, to: partner }, { onAttempt: ({ nextDelayMs }) => void (failed.push(nextDelayMs), opened ??= open()) }).catch((thrown: unknown) => thrown);
  await opened;
  expect(failed).toEqual([2_000, undefined]);
  expect((error as Error).message).toMatch(/gave up after 2 attempts in .*Circuit federation-link\/DEU is open since .*\.\/dive federation reset-circuit DEU, then \.\/dive up/s);

  const asked: unknown[] = [];
  await expect(check({ kind: "first", from: both.from, to: partner }, { onAttempt: ({ nextDelayMs }) => void asked.push(nextDelayMs) })).rejects.toThrow("Circuit federation-link/DEU is open since");
  expect(asked).toEqual([undefined]);
}
