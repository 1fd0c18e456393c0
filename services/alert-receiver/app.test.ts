import { createServiceMetrics } from "@dive/common";
import { beforeEach, describe, expect, it } from "vitest";
import type { FastifyInstance } from "fastify";
import { AlertLog } from "./alerts/alert-log.ts";
import { createServer, equipServer } from "./app.ts";
import type { Credentials } from "./routes/enforcement.ts";

const webhookToken = "webhook-token-of-the-test";
const webhook = { authorization: `Bearer ${webhookToken}` };
const alert = (status: "firing" | "resolved", alertname = "OPADown", fingerprint = "f1") => ({
  status, labels: { alertname, severity: "critical", instance: "FRA" }, annotations: { summary: `<b>${alertname}</b>` }, startsAt: "2026-11-27T01:00:00Z", endsAt: "0001-01-01T00:00:00Z", fingerprint, generatorURL: "http://prometheus",
});
const notification = (...alerts: ReturnType<typeof alert>[]) => ({ version: "4", status: "firing", receiver: "security", groupKey: "g", alerts });

/** What Alertmanager holds; undefined while it does not answer. */
let held: readonly string[] | undefined;

async function makeApp(credentials: Partial<Credentials> = {}, limit?: number): Promise<FastifyInstance> {
  const parts = {
    log: new AlertLog({ now: () => Date.UTC(2026, 10, 27) } as ConstructorParameters<typeof AlertLog>[0], limit),
    current: async () => {
      if (held === undefined) throw new Error("connect ECONNREFUSED");
      return new Set(held);
    },
    credentials: { webhookToken, ...credentials },
    health: { report: async () => ({ status: "healthy" as const, services: {} }), ready: async () => ({ ready: true, down: [] }) },
    metrics: createServiceMetrics({ processMetrics: false }),
  };
  return equipServer(createServer(), parts);
}

let app: FastifyInstance;
beforeEach(async () => {
  held = ["f1", "f2"];
  app = await makeApp();
});

const received = async () => (await app.inject("/alerts")).json() as { firing: { fingerprint: string }[]; received: { sequence: number; status: string; receiver: string; receivedAt: string }[] };

describe("the webhook", () => {
  it("keeps what arrives, in order, with the route that it took; resolved alerts fire no more", async () => {
    expect((await app.inject({ method: "POST", url: "/alerts", headers: webhook, payload: notification(alert("firing"), alert("firing", "KASDown", "f2")) })).statusCode).toBe(204);
    expect((await received()).firing.map(({ fingerprint }) => fingerprint)).toEqual(["f2", "f1"]);
    await app.inject({ method: "POST", url: "/alerts", headers: webhook, payload: notification(alert("resolved")) });
    const now = await received();
    expect(now.firing.map(({ fingerprint }) => fingerprint)).toEqual(["f2"]);
    expect(now.received.map(({ sequence, status, receiver }) => [sequence, status, receiver])).toEqual([[1, "firing", "security"], [2, "firing", "security"], [3, "resolved", "security"]]);
    expect(now.received[0]!.receivedAt).toBe("2026-11-27T00:00:00.000Z");
    expect(((await app.inject("/alerts?after=2")).json() as { received: unknown[] }).received).toHaveLength(1);
    expect((await app.inject("/metrics")).body).toContain('dive_v3_alerts_received_total{alertname="OPADown",status="resolved"} 1');
  });

  it.each([["nothing", {}], ["another token", { authorization: "Bearer webhook-token-of-the-tesT" }], ["the right one by the wrong scheme", { authorization: `Basic ${webhookToken}` }]])("refuses a caller that shows %s, and keeps nothing", async (_what, headers) => {
    const answer = await app.inject({ method: "POST", url: "/alerts", headers, payload: notification(alert("firing")) });
    expect([answer.statusCode, answer.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    expect((await received()).received).toEqual([]);
  });

  it.each([
    ["another version", { ...notification(alert("firing")), version: "3" }],
    ["no alerts", { version: "4", status: "firing", receiver: "r" }],
    ["an alert without a name", notification({ ...alert("firing"), labels: { severity: "critical" } as never })],
    ["a state that is none", notification({ ...alert("firing"), status: "pending" as never })],
  ])("refuses %s", async (_what, payload) => {
    expect((await app.inject({ method: "POST", url: "/alerts", headers: webhook, payload })).statusCode).toBe(400);
  });

  it("no longer calls firing what ended while it was held back, and says when it cannot know", async () => {
    await app.inject({ method: "POST", url: "/alerts", headers: webhook, payload: notification(alert("firing"), alert("firing", "KASDown", "f2")) });
    held = ["f2"];
    expect((await received()).firing.map(({ fingerprint }) => fingerprint)).toEqual(["f2"]);
    held = undefined;
    expect((await app.inject("/alerts")).json()).toMatchObject({ firing: [{ fingerprint: "f2" }, { fingerprint: "f1" }], unconfirmed: "connect ECONNREFUSED" });
    expect((await app.inject("/")).body).toContain("some may be over: connect ECONNREFUSED");
  });

  it("lets the oldest go", async () => {
    app = await makeApp({}, 2);
    for (const fingerprint of ["f1", "f2", "f3"]) await app.inject({ method: "POST", url: "/alerts", headers: webhook, payload: notification(alert("firing", "OPADown", fingerprint)) });
    expect((await received()).received.map(({ sequence }) => sequence)).toEqual([2, 3]);
  });
});

describe("readers", () => {
  it("see a page in which what came from outside is text", async () => {
    await app.inject({ method: "POST", url: "/alerts", headers: webhook, payload: notification(alert("firing")) });
    const { body, headers } = await app.inject("/");
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(body).toContain("1 alert firing");
    expect(body).toContain("&#60;b&#62;OPADown&#60;&#47;b&#62;".replace("&#47;", "/"));
    expect(body).not.toContain("<b>");
  });

  it("need the login where there is one", async () => {
    app = await makeApp({ login: { username: "monitoring", password: "word" } });
    const as = (login: string) => app.inject({ url: "/alerts", headers: { authorization: `Basic ${Buffer.from(login).toString("base64")}` } });
    expect((await app.inject("/alerts")).statusCode).toBe(401);
    expect((await app.inject("/")).headers["www-authenticate"]).toBe('Basic realm="alerts"');
    expect((await as("monitoring:wrong")).statusCode).toBe(401);
    expect((await as("monitoring:word")).statusCode).toBe(200);
    expect((await app.inject("/health")).statusCode).toBe(200);
  });
});
