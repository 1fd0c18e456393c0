import type { LinkHealth } from "@dive/common/federation";
import { expect, test } from "vitest";
import { mergeSites, STALE_MS, type SiteRecord } from "./merge.ts";

const NOW = Date.parse("2026-11-24T00:00:00Z");
const ago = (ms: number) => new Date(NOW - ms);
const links = [{ source: "USA", target: "FRA", partner: "FRA", state: "ACTIVE" as const }, { source: "FRA", target: "USA", partner: "FRA", state: "ACTIVE" as const }];
const health = (change: Partial<LinkHealth>): LinkHealth => ({ source: "FRA", target: "USA", kind: "link", checkedAt: ago(1_000), reportedBy: "USA", ...change });
const site = (code: string, change: Partial<SiteRecord> = {}): SiteRecord => ({ code, links, health: [], circuits: [], ...change });

test("of each check what was seen last counts, whoever has it, and each direction is there once", () => {
  const [inbound, outbound, ...more] = mergeSites([
    site("USA", { health: [health({}), health({ kind: "verification", failure: "denied", error: "old", checkedAt: ago(9_000) })] }),
    site("FRA", { health: [health({ failure: "unavailable", checkedAt: ago(5_000) }), health({ kind: "verification", latencyMs: 80, checkedAt: ago(8_000), reportedBy: "FRA" })] }),
  ], NOW);
  expect(more).toEqual([]);
  expect(inbound).toMatchObject({ source: "FRA", target: "USA", up: true, link: { ok: true }, verification: { ok: true, latencyMs: 80, reportedBy: "FRA" } });
  expect(outbound).toMatchObject({ source: "USA", target: "FRA", up: false, link: null, verification: null, circuit: null });
});

test("a check that is too old says nothing any more", () => {
  expect(mergeSites([site("USA", { health: [health({ checkedAt: ago(STALE_MS + 1) })] })], NOW)[0]).toMatchObject({ up: false, link: { ok: false, failure: "stale" } });
});

test.each<[string, Partial<LinkHealth>, boolean]>([
  ["worked lately", {}, true],
  ["failed", { failure: "denied" }, false],
  ["worked too long ago", { checkedAt: ago(STALE_MS + 1) }, false],
])("before the prober's first check a direction is up if a sign-in %s: %j is %s", (_what, signIn, up) => {
  const before = [site("FRA", { health: [health({ kind: "verification", reportedBy: "FRA", ...signIn })] })];
  expect(mergeSites(before, NOW)[0]).toMatchObject({ source: "FRA", up, link: null });
  // A check, once there is one, says more than a sign-in.
  expect(mergeSites([...before, site("USA", { health: [health({ failure: "unavailable" })] })], NOW)[0]).toMatchObject({ up: false });
});

test("a link that is not active is not up", () => {
  expect(mergeSites([site("USA", { links: [{ ...links[1]!, state: "PENDING" }], health: [health({})] })], NOW)[0]).toMatchObject({ state: "PENDING", up: false });
});

test("the circuit shown is that of the side at which users arrive", () => {
  const circuit = (instance: string, failures: number) => ({ key: { name: "federation-link", instance }, state: "OPEN" as const, failures, openedAt: ago(10_000), until: ago(-50_000), lastError: "refused", rejected: 2 });
  const [inbound] = mergeSites([site("FRA", { circuits: [circuit("USA", 7)] }), site("USA", { circuits: [circuit("FRA", 5)] })], NOW);
  expect(inbound!.circuit).toEqual({ state: "OPEN", failures: 5, openedAt: ago(10_000).toISOString(), until: ago(-50_000).toISOString(), lastError: "refused", rejected: 2 });
});
