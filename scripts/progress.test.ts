import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createProgress } from "./progress.ts";
import { formatElapsed } from "./progress/elapsed.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function recorder(isTTY: boolean) {
  const text: string[] = [];
  return { stream: { isTTY, columns: 80, write: (chunk: string) => void text.push(chunk) }, text };
}

test("plain: a line at the start, one every five seconds with the last detail, one at the end", async () => {
  const { stream, text } = recorder(false);
  const step = createProgress(stream).step("Building", async (update) => {
    update("first\nsecond\n");
    await new Promise((resolve) => setTimeout(resolve, 11_000));
    return 42;
  });
  await vi.advanceTimersByTimeAsync(11_000);
  expect(await step).toBe(42);
  expect(text).toEqual(["> Building\n", "… Building (5.0 s): second\n", "… Building (10 s): second\n", "✓ Building (11 s)\n"]);
});

test("plain: a failed step is shown as failed, and its error passes on unchanged", async () => {
  const { stream, text } = recorder(false);
  const failure = new Error("no space");
  await expect(createProgress(stream).step("Building", () => Promise.reject(failure))).rejects.toBe(failure);
  expect(text).toEqual(["> Building\n", "✗ Building (0.0 s)\n"]);
});

test("terminal: steps side by side, each ends as a line that stays", async () => {
  vi.stubEnv("CI", "");
  const { stream, text } = recorder(true);
  const progress = createProgress(stream);
  const wait = (ms: number) => () => new Promise<void>((resolve) => void setTimeout(resolve, ms));
  const both = Promise.all([progress.step("Slow", wait(2_000)), progress.step("Quick", wait(500))]);
  await vi.advanceTimersByTimeAsync(2_000);
  await both;
  const all = text.join("");
  expect(all).toContain("✓ Quick (0.5 s)\n");
  expect(all.endsWith("✓ Slow (2.0 s)\n")).toBe(true);
});

test.each([
  [400, "0.4 s"],
  [12_000, "12 s"],
  [185_000, "3 min 05 s"],
])("%i ms is %s", (ms, text) => expect(formatElapsed(ms)).toBe(text));
