import { expect, test } from "vitest";
import { mergeLinks } from "./links.ts";

test("of a direction that two instances tell of, what was checked last counts", () => {
  const older = { source: "FRA", target: "USA", state: "ACTIVE", up: true, checkedAt: "2026-11-24T10:00:00.000Z" };
  const newer = { ...older, up: false, checkedAt: "2026-11-24T10:00:30.000Z" };
  const never = { source: "FRA", target: "USA", state: "PENDING" };
  expect(mergeLinks([[older], [newer], [never]])).toEqual([newer]);
  expect(mergeLinks([[newer], [older], [{ ...older, source: "DEU" }]]).map(({ source }) => source)).toEqual(["DEU", "FRA"]);
});
