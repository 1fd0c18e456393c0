import { createServiceMetrics } from "@dive/common";
import { PersistentCircuitBreaker } from "@dive/common/circuit";
import type { LinkHealth, Partner } from "@dive/common/federation";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeKeycloaks } from "../../common/testing/fake-keycloak.ts";
import { MemoryCircuitStore } from "../../common/testing/memory-circuit-store.ts";
import { testAuthority } from "../../common/testing/test-servers.ts";
import { LinkProber, type LinkProberOptions } from "./link-prober.ts";
import { publishFederation } from "./metrics.ts";
import { FederationView } from "./view.ts";

const authority = testAuthority();
const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
let fakes: FakeKeycloaks;
/** Time of breakers, prober and view. */
let now: number;
let recorded: LinkHealth[];
/** Links that became active. */
let activated: string[];

beforeAll(async () => {
  fakes = await FakeKeycloaks.start(authority);
});
afterAll(() => fakes[Symbol.asyncDispose]());
beforeEach(() => {
  fakes.reset();
  now = Date.parse("2026-11-24T00:00:00Z");
  recorded = [];
  activated = [];
  vi.clearAllMocks();
});

function partner(change: Partial<Partner> = {}): Partner {
  const { code, publicBase, realm, issuer, clientId, redirectUri, brokerAlias } = fakes.side("fra");
  return { code, role: "spoke", realm, issuer, clientId, redirectUri, keycloakUrl: publicBase, keycloakInternalUrl: publicBase, backendInternalUrl: publicBase, brokerAliasThere: brokerAlias, brokerAliasHere: "fra-idp", state: "ACTIVE", ...change };
}

/** USA's prober with a record in memory. */
function usa(change: Partial<LinkProberOptions> = {}, partners = [partner()]) {
  const circuits = new MemoryCircuitStore(() => now);
  const breakerFor = (instance: string) => new PersistentCircuitBreaker({ key: { name: "federation-link", instance }, store: circuits });
  const { brokerAlias: _alias, ...own } = fakes.side("usa");
  const view = new FederationView();
  const links = partners.flatMap(({ code, state }) => [{ source: code, target: "USA", partner: code, state }, { source: "USA", target: code, partner: code, state }]);
  const prober = new LinkProber({
    own: { ...own, internalUrl: own.publicBase, probeUser: { username: "federation-probe", password: "password-of-usa" } },
    store: { partners: async () => partners, links: async () => links, health: async () => [], record: async (health) => void recorded.push(health), activate: async (code) => activated.push(code) > 0 },
    view, breakerFor, authorities: () => [authority.certificate], logger, clock: { now: () => now }, ...change,
  });
  return { prober, view, breaker: breakerFor("FRA") };
}
const kinds = () => recorded.map(({ kind, failure }) => `${kind} ${failure ?? "ok"}`);

describe("a round", () => {
  it("checks the own broker and signs in at the partner, and records both", async () => {
    const { prober, view } = usa();
    await prober.round();
    expect(recorded).toMatchObject([
      { source: "FRA", target: "USA", kind: "link", brokerConfigured: true, reportedBy: "USA" },
      { source: "USA", target: "FRA", kind: "verification", reportedBy: "USA" },
    ]);
    expect(kinds()).toEqual(["link ok", "verification ok"]);
    expect(view.status(now)).toMatchObject([{ source: "FRA", up: true, circuit: { state: "CLOSED", failures: 0 } }, { source: "USA", up: false, failure: "unreported", verification: { success: true } }]);
  });

  it("makes a pending link active once the partner's half is there, and counts nothing until then", async () => {
    const onActive = vi.fn(async () => undefined);
    const { prober, breaker } = usa({ onActive }, [partner({ state: "PENDING" })]);
    fakes.behaviour["fra"]!.down = true;
    for (let i = 0; i < 6; i++) await prober.round();
    fakes.reset();
    fakes.behaviour["usa"]!.broker = "missing";
    await prober.round();
    expect([activated, recorded, (await breaker.snapshot()).failures]).toEqual([[], [], 0]);
    expect(logger.warn).not.toHaveBeenCalled();

    fakes.reset();
    await prober.round();
    expect(activated).toEqual(["FRA"]);
    expect(onActive).toHaveBeenCalledExactlyOnceWith("FRA");
    expect(recorded).toEqual([]);
  });

  it("leaves links alone that are stopped", async () => {
    const { prober } = usa({}, [partner({ state: "STOPPED" }), partner({ code: "DEU", state: "STOPPED" })]);
    await prober.round();
    expect([recorded, fakes.calls]).toEqual([[], []]);
  });

  it("signs in again after five minutes, and after a failure in the next round", async () => {
    const { prober } = usa();
    await prober.round();
    now += 299_000;
    await prober.round();
    now += 1_000;
    fakes.behaviour["fra"]!.claims = { uniqueID: "fra:intruder" };
    await prober.round();
    now += 30_000;
    await prober.round();
    expect(kinds()).toEqual(["link ok", "verification ok", "link ok", "link ok", "verification denied", "link ok", "verification denied"]);
  });

  it("sees a broker that is missing, which is no outage", async () => {
    fakes.behaviour["usa"]!.broker = "missing";
    const { prober, view, breaker } = usa();
    for (let n = 0; n < 6; n++) await prober.round();
    expect(view.status(now)[0]).toMatchObject({ up: false, failure: "not-yet", brokerConfigured: false });
    expect(await breaker.snapshot()).toMatchObject({ state: "CLOSED", failures: 0 });
  });

  it("opens the breaker after five failures, asks nobody then, and closes it by one probe after a minute", async () => {
    const { prober, view, breaker } = usa();
    await prober.round();
    fakes.behaviour["fra"]!.down = true;
    // Later than five minutes, so that a sign-in is due in each round as well: it is the same outage.
    now += 270_000;
    for (const failures of [1, 2, 3, 4, 5]) {
      now += 30_000;
      await prober.round();
      expect(await breaker.snapshot()).toMatchObject({ failures });
    }
    expect(recorded.at(-1)).toMatchObject({ kind: "verification", failure: "unavailable", error: expect.stringContaining("not tried: ") });
    expect(await breaker.snapshot()).toMatchObject({ state: "OPEN", failures: 5 });
    expect(view.status(now)[0]).toMatchObject({ up: false, failure: "unavailable", circuit: { state: "OPEN" } });
    fakes.calls.length = 0;
    now += 30_000;
    await prober.round();
    expect(fakes.calls).toEqual([]);
    expect(view.status(now)[0]).toMatchObject({ up: false, failure: "circuit-open" });
    fakes.behaviour["fra"]!.down = false;
    now += 30_000;
    await prober.round();
    expect(await breaker.snapshot()).toMatchObject({ state: "CLOSED", failures: 0 });
    expect(view.status(now)[0]).toMatchObject({ up: true });
  });

  it("goes on without its database, but asks nobody whose breaker cannot be asked", async () => {
    const down = () => Promise.reject(new Error("no database"));
    const broken = { execute: down, snapshot: down };
    const partners = vi.fn(async () => [partner()]);
    const links = async () => [{ source: "FRA", target: "USA", partner: "FRA", state: "ACTIVE" as const }];
    const { prober, view } = usa({ store: { partners, links, health: async () => [], record: down, activate: down }, breakerFor: () => broken });
    await prober.round();
    partners.mockImplementation(down);
    await prober.round();
    expect(fakes.calls).toEqual([]);
    expect(view.status(now)).toMatchObject([{ up: false, failure: "unavailable" }]);
    expect(logger.warn.mock.calls.map(([{ event }]) => event)).toEqual(expect.arrayContaining(["record_unavailable", "check_failed", "circuit_unavailable"]));
  });

  it("takes a spoke's report over, and one that cannot be had is only logged", async () => {
    const report: LinkHealth = { source: "USA", target: "FRA", kind: "link", checkedAt: new Date(now), latencyMs: 7, brokerConfigured: true, reportedBy: "FRA" };
    const reportOf = vi.fn(async () => [report]);
    const { prober, view } = usa({ reportOf });
    await prober.round();
    expect(view.status(now)[1]).toMatchObject({ source: "USA", target: "FRA", up: true, latencyMs: 7, reportedBy: "FRA" });
    expect(recorded).toContainEqual(report);
    reportOf.mockRejectedValue(new Error("refused"));
    now += 91_000;
    await prober.round();
    expect(view.status(now)[1]).toMatchObject({ up: false, failure: "stale" });
  });
});

describe("start and stop", () => {
  it("begins at once, and stop waits for the round that is under way", async () => {
    const { prober } = usa();
    prober.start();
    await vi.waitFor(() => expect(recorded).toHaveLength(2));
    await prober.stop();
    const made = fakes.calls.length;
    prober.start();
    expect(fakes.calls).toHaveLength(made);
  });
});

describe("the metrics", () => {
  it("tell what the view knows at the scrape; what nobody reported counts as down", async () => {
    const { prober, view } = usa();
    const { registry } = createServiceMetrics({ processMetrics: false });
    publishFederation(view, registry, { own: "USA", isHub: true }, () => now);
    await prober.round();
    const text = await registry.metrics();
    for (const line of [
      'dive_v3_federation_link_up{source="FRA",target="USA"} 1',
      'dive_v3_federation_link_up{source="USA",target="FRA"} 0',
      'dive_v3_federation_verification_success{source="USA",target="FRA"} 1',
      'dive_v3_federation_verification_success{source="FRA",target="USA"} 0',
      'dive_v3_idp_configured{source="FRA",target="USA"} 1',
      'dive_v3_federation_latency_seconds{source="FRA",target="USA",check="link"}',
      'dive_v3_federation_latency_seconds{source="USA",target="FRA",check="verification"}',
    ]) expect(text).toContain(line);
    now += 91_000;
    expect(await registry.metrics()).toContain('dive_v3_federation_link_up{source="FRA",target="USA"} 0');
  });

  it("of a spoke tell what it checks itself, and nothing of what only the other end can know", async () => {
    const { prober, view } = usa();
    const { registry } = createServiceMetrics({ processMetrics: false });
    publishFederation(view, registry, { own: "USA", isHub: false }, () => now);
    await prober.round();
    const told = (await registry.metrics()).split("\n").filter((line) => /^dive_v3_(federation|idp)/.test(line)).map((line) => line.replace(/ [^ ]+$/, "")).sort();
    expect(told).toEqual([
      'dive_v3_federation_latency_seconds{source="FRA",target="USA",check="link"}',
      'dive_v3_federation_latency_seconds{source="USA",target="FRA",check="verification"}',
      'dive_v3_federation_link_up{source="FRA",target="USA"}',
      'dive_v3_federation_verification_success{source="USA",target="FRA"}',
      'dive_v3_idp_configured{source="FRA",target="USA"}',
    ]);
  });
});
