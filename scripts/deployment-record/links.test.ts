import { expect, test } from "vitest";
import { mergeLinks, type RecordedLink } from "./links.ts";

const at = (second: number, ok: boolean, error: string | null = null) => ({ ok, at: new Date(Date.UTC(2026, 10, 24, 10, 0, second)), latencyMs: 5, error });
const link = (one: Partial<RecordedLink>): RecordedLink => ({ source: "FRA", target: "USA", state: "ACTIVE", link: null, verification: null, ...one });

test("of each check that two instances tell of, the last one counts, whoever knows of it", () => {
  const [older, newer] = [link({ link: at(0, true), verification: at(40, true) }), link({ link: at(30, false, "nobody there") })];
  const merged = { source: "FRA", target: "USA", state: "ACTIVE", up: false, verified: true, latencyMs: 5, checkedAt: "2026-11-24T10:00:40.000Z", error: "nobody there" };
  expect(mergeLinks([[older], [newer]])).toEqual([merged]);
  expect(mergeLinks([[newer], [older]])).toEqual([merged]);
});

test("what was never checked has no result, and directions are sorted", () => {
  expect(mergeLinks([[link({ state: "PENDING" })], [link({ source: "DEU" })]])).toEqual([{ source: "DEU", target: "USA", state: "ACTIVE" }, { source: "FRA", target: "USA", state: "PENDING" }]);
});
