import { describe, expect, test } from "vitest";
import { exponentialDelays, retry, RetryError, systemClock } from "./backoff.ts";
import { TestClock } from "../testing/test-clock.ts";

describe("exponentialDelays", () => {
  test("doubles up to the cap and stays there", () => {
    const delays = exponentialDelays(100, 2000);
    expect(Array.from({ length: 7 }, () => delays.next().value)).toEqual([100, 200, 400, 800, 1600, 2000, 2000]);
  });
});

describe("retry", () => {
  test("tries at once and pauses exactly as scheduled", async () => {
    const clock = new TestClock();
    const counts: number[] = [];
    const result = await retry(async (_signal, count) => {
      counts.push(count);
      if (count < 4) throw new Error(`no ${count}`);
      return "yes";
    }, { delaysMs: [2000, 4000, 8000], deadlineMs: 120_000, clock });
    expect(result).toBe("yes");
    expect(counts).toEqual([1, 2, 3, 4]);
    expect(clock.slept).toEqual([2000, 4000, 8000]);
  });

  test("gives up when the schedule is used up, with the last error as cause", async () => {
    const clock = new TestClock();
    const failing = retry(async (_s, count) => Promise.reject(new Error(`no ${count}`)), { delaysMs: [1000], deadlineMs: 120_000, clock });
    const error = await failing.catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RetryError);
    expect((error as Error).message).toBe("still failing after 2 attempts in 1.0 s; last seen: no 2");
    expect(((error as Error).cause as Error).message).toBe("no 2");
  });

  test("makes no pause that would end after the deadline", async () => {
    const clock = new TestClock(0.5);
    const told: unknown[] = [];
    const failing = retry(async () => { clock.pass(400); throw new Error("down"); },
      { delaysMs: [700], deadlineMs: 1000, clock, onAttempt: ({ attempt, nextDelayMs }) => told.push([attempt, nextDelayMs]) });
    await expect(failing).rejects.toThrow("time limit of 1 s over after 1 attempt in 0.4 s; last seen: down");
    expect(told).toEqual([[1, undefined]]);
  });

  test("ends at the deadline although the attempt ignores its signal", async () => {
    const started = performance.now();
    await expect(retry(() => new Promise(() => undefined), { delaysMs: [], deadlineMs: 50, clock: systemClock })).rejects.toThrow(/no answer within 0.1 s|no answer within 0.0 s/);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  test("aborts a slow attempt's signal at the attempt's limit and tries again", async () => {
    const aborted: boolean[] = [];
    const result = await retry(async (signal, count) => {
      if (count === 2) return "fast";
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      aborted.push(signal.aborted);
      throw signal.reason;
    }, { delaysMs: [1], deadlineMs: 5000, attemptTimeoutMs: 20 });
    expect(result).toBe("fast");
    expect(aborted).toEqual([true]);
  });

  test("an attempt cut by the deadline does not hide what was seen before", async () => {
    const failing = retry(async (_signal, count) => {
      if (count === 1) throw new Error("refused");
      return new Promise(() => undefined);
    }, { delaysMs: [1], deadlineMs: 80 });
    await expect(failing).rejects.toThrow("last seen: refused");
  });

  test("an abort from outside ends it with the signal's reason, also in a pause", async () => {
    const controller = new AbortController();
    const reason = new Error("cancelled");
    const failing = retry(async () => Promise.reject(new Error("down")), { delaysMs: [60_000], deadlineMs: 120_000, signal: controller.signal, onAttempt: () => controller.abort(reason) });
    await expect(failing).rejects.toBe(reason);
  });

  test("does not try again what cannot get better", async () => {
    await expect(retry(async () => Promise.reject(new Error("no")), { delaysMs: [1, 1], deadlineMs: 1000, retryable: () => false })).rejects.toThrow("gave up after 1 attempt");
  });

  test("jitter shortens pauses, by nothing unless asked", async () => {
    const clock = new TestClock();
    await retry(async (_s, n) => (n < 3 ? Promise.reject(new Error()) : n), { delaysMs: [1000, 1000], deadlineMs: 120_000, clock, jitter: 0.5, random: () => 0.5 });
    expect(clock.slept).toEqual([750, 750]);
  });

  test.each([0, -1, Number.NaN])("refuses a deadline of %s", async (deadlineMs) => {
    await expect(retry(async () => 1, { delaysMs: [], deadlineMs })).rejects.toThrow("deadlineMs must be above 0");
  });
});
