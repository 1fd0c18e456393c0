import { expect, it } from "vitest";
import { formatDuration, parseDuration } from "./durations.ts";

it.each([
  ["15m", 900, "15m0s"],
  ["1h30m", 5400, "1h30m0s"],
  ["90s", 90, "1m30s"],
  ["8h", 28_800, "8h0m0s"],
  ["0s", 0, "0s"],
  ["0", 0, "0s"],
])("%s is %d seconds, printed %s", (text, seconds, printed) => {
  expect(parseDuration(text)).toBe(seconds);
  expect(formatDuration(seconds)).toBe(printed);
  expect(parseDuration(printed)).toBe(seconds);
});

it.each(["", "15", "1.5h", "15 m", "1d", "-5m"])("refuses %j and says what is allowed", (text) => {
  expect(() => parseDuration(text)).toThrow(`a duration must be whole hours, minutes and seconds such as "1h30m", "15m" or "90s", got ${JSON.stringify(text)}`);
});
