import { beforeAll, expect, inject, test, vi } from "vitest";
import { dive } from "../support/dive.ts";
import { docker } from "../support/docker.ts";
import { login } from "../support/login.ts";
import { reissued } from "../support/reissued-certificate.ts";
import { up } from "../support/stack.ts";
import { startToxiproxy } from "../support/toxiproxy.ts";
import { readWorkloadFile, writeWorkloadFile } from "../support/workload-files.ts";
import { BRIEF, query, received, type Received } from "./access.ts";
import type { PROVOKED } from "./hasty-rules.ts";

// Proves on real faults that an alert is pending, fires, arrives at the receiver, and is told resolved once the fault is gone.
const stack = inject("watched");
const monitoring = inject("monitoring");
const caRoot = inject("caRoot");
const LIMIT = { timeout: 420_000 };
const fra = stack.instances["FRA"]!;
const container = (service: string) => docker.getContainer(`watch-dive-spoke-fra-${service}`);
const DAY_MS = 86_400_000;
/** A few more than the pool has connections: some always wait for one, and none for long. */
const CALLERS = 60;

/** What breaks, and how it is mended. */
interface Fault {
  readonly alert: (typeof PROVOKED)[number];
  /** Labels by which the alert is known. */
  readonly labels: Readonly<Record<string, string>>;
  readonly cause: () => Promise<void>;
  readonly cure: () => Promise<void>;
}

const stopped = (service: string) => ({ cause: () => container(service).stop(), cure: () => container(service).start() });

async function expectLifecycle({ alert, labels, cause, cure }: Fault): Promise<void> {
  const before = (await received(monitoring)).at(-1)?.sequence ?? 0;
  const told = async (status: string, after: number) =>
    (await received(monitoring, after)).find((one) => one.status === status && one.labels["alertname"] === alert && Object.entries(labels).every(([name, value]) => one.labels[name] === value));
  const matchers = Object.entries({ alertname: alert, ...labels }).map(([name, value]) => `${name}="${value}"`).join(",");
  let firing: Received | undefined;
  try {
    await cause();
    await expect.poll(async () => (firing = await told("firing", before)), { timeout: 150_000, interval: 500, message: `${alert} does not arrive` }).toBeDefined();
    const states = await query(monitoring, `max by (alertstate) (max_over_time(ALERTS{${matchers}}[5m]))`);
    expect(states.map(({ metric }) => metric["alertstate"]).sort(), alert).toEqual(["firing", "pending"]);
  } finally {
    await cure();
  }
  expect(firing!.annotations).toMatchObject({ summary: expect.any(String), description: expect.any(String), runbook_url: expect.stringContaining("runbook.md") });
  await expect.poll(() => told("resolved", firing!.sequence), { timeout: 150_000, interval: 500, message: `${alert} is not told resolved` }).toBeDefined();
}

/** Everything answers, and nothing critical fires: what was wrong before, or while everything came up, is over. */
const wellAgain = () => vi.waitFor(async () => expect(await query(monitoring, `up == 0 or dive_v3_service_health == 0 or dive_v3_circuit_breaker_state > 0 or ALERTS{${BRIEF}, severity="critical"}`)).toEqual([]), { timeout: 120_000, interval: 1_000 });

beforeAll(wellAgain, 150_000);

test("nothing fires on a stack that is well", () => expect(inject("firingWhenWell")).toEqual(["Watchdog"]));

test("OPA stands still", LIMIT, () => expectLifecycle({ alert: "OPADown", labels: { instance: "FRA" }, ...stopped("opa") }));

test("the spoke's Keycloak stands still", LIMIT, () => expectLifecycle({ alert: "KeycloakDegraded", labels: { instance: "FRA" }, ...stopped("keycloak") }));

test("a certificate nears its end", LIMIT, async () => {
  const name = "watch-dive-spoke-fra-kas";
  const good = await readWorkloadFile(name, "tls.crt");
  const shortened = await reissued(good, caRoot, new Date(Date.now() + 10 * DAY_MS));
  const serve = async (certificate: string) => {
    await writeWorkloadFile(name, "tls.crt", certificate);
    await container("kas").restart();
  };
  await expectLifecycle({ alert: "CertificateExpiringSoon", labels: { instance: "FRA", service: "kas" }, cause: () => serve(shortened), cure: () => serve(good) });
});

test("the pool to MongoDB is full, for every answer takes its time", LIMIT, async () => {
  const username = "testuser-fra-2";
  const { accessToken } = await login({ site: fra, username, password: stack.users["FRA"]![username]!.password });
  await using toxiproxy = await startToxiproxy();
  const way = await toxiproxy.detour("watch-dive-spoke-fra-backend", "watch-dive-spoke-fra-mongodb", 27_017);
  await wellAgain();
  const stop = new AbortController();
  const statuses = new Set<number>();
  const caller = async () => {
    while (!stop.signal.aborted) {
      const answer = await fetch(`${fra.backendUrl}/api/resources`, { headers: { authorization: `Bearer ${accessToken}` } });
      await answer.arrayBuffer();
      statuses.add(answer.status);
    }
  };
  let callers: Promise<unknown> = Promise.resolve();
  await expectLifecycle({
    alert: "DBConnectionPoolExhausted",
    labels: { instance: "FRA", type: "mongodb" },
    async cause() {
      // A little slow until the pool has grown; then so slow that its connections are in use all the time, and still well within what a part may take: no call fails, no circuit opens.
      await way.slow(100);
      callers = Promise.all(Array.from({ length: CALLERS }, caller));
      const share = (which: string) => `sum by (instance) (dive_v3_db_connections_${which}{instance="FRA", service="backend", type="mongodb"})`;
      await expect.poll(() => query(monitoring, `(${share("active")} + ${share("idle")}) / ${share("max")} > 0.95`), { timeout: 90_000, interval: 500, message: "the pool does not grow" }).toHaveLength(1);
      await way.heal();
      await way.slow(2_000);
    },
    async cure() {
      await way.heal();
      stop.abort();
      await callers;
    },
  });
  expect([...statuses]).toEqual([200]);
  expect(await query(monitoring, 'max_over_time(dive_v3_circuit_breaker_state{instance="FRA", job="backend", service="mongodb"}[2m]) > 0')).toEqual([]);
});

test("a deployment fails", LIMIT, async () => {
  const name = "watch-dive-spoke-fra-opa";
  await expectLifecycle({
    alert: "SpokeDeploymentFailed",
    labels: { instance: "FRA" },
    async cause() {
      const { Image } = await docker.getContainer(name).inspect();
      await docker.getContainer(name).remove({ force: true });
      const blocker = await docker.createContainer({ name, Image, Labels: { "dive.test": "blocks a name" } });
      try {
        const { exitCode, output } = await dive(stack.name, ["up"], { mustSucceed: false });
        expect(exitCode, output).not.toBe(0);
      } finally {
        await blocker.remove({ force: true });
      }
    },
    cure: async () => void (await up(stack.name)),
  });
});
