import { expect, it } from "vitest";
import { formatDuration, parseDuration } from "./duration.ts";

it.each([
  ["0", 0], ["0s", 0], ["500ms", 500e6], ["30s", 30e9], ["1m30s", 90e9], ["1.5h", 5400e9], ["2us", 2000], ["7ns", 7],
])("reads %s", (text, nanoseconds) => expect(parseDuration(text)).toBe(nanoseconds));

it.each(["", "5", "s", "1 s", "-1s", "1d", "1s!"])("refuses %j", (text) => expect(parseDuration(text)).toBeUndefined());

it.each([[90e9, "90s"], [1.5e9, "1500ms"], [2000, "2us"], [7, "7ns"]])("writes %d", (nanoseconds, text) => {
  expect(formatDuration(nanoseconds)).toBe(text);
  expect(parseDuration(text)).toBe(nanoseconds);
});
