import { expect, test } from "vitest";
import { deploymentsOf, runMessage, type HistoryEntry } from "./history.ts";

const entry: HistoryEntry = { kind: "update", startTime: "2026-11-24T10:00:00.000Z", endTime: "2026-11-24T10:01:10.000Z", message: "", result: "succeeded", resourceChanges: { create: 3, same: 200 } };

test("a run typed by hand is COMPLETE for every instance, with its times and the same UUID however often it is read", () => {
  const [usa, fra] = deploymentsOf(entry, "dev", ["USA", "FRA"]);
  expect(usa).toMatchObject({ instance: "USA", source: "history", state: "COMPLETE", operation: "up", startedAt: Date.parse(entry.startTime), endedAt: Date.parse(entry.endTime!) });
  expect(usa!.run).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(fra!.run).toBe(usa!.run);
  expect(deploymentsOf(entry, "dev", ["USA"])[0]).toEqual(usa);
});

test("one that failed says that its error is not known here", () => {
  const [usa] = deploymentsOf({ ...entry, result: "failed", resourceChanges: {} }, "dev", ["USA"]);
  expect(usa).toMatchObject({ state: "FAILED", failure: { step: "program", code: "RUN_BY_HAND" } });
});

test.each([
  ["our own", { message: runMessage("x") }],
  ["a no-op", { resourceChanges: { same: 235 } }],
  ["a preview", { kind: "preview" }],
  ["a refresh", { kind: "refresh", resourceChanges: { update: 1 } }],
])("%s is left out", (_, differs) => expect(deploymentsOf({ ...entry, ...differs }, "dev", ["USA"])).toEqual([]));
