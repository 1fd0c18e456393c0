import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Retention } from "./retention.ts";

const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
const MINUTE_MS = 60_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.clearAllMocks();
});

test("runs once a day, and an hour after a failure", async () => {
  const query = vi.fn(async () => ({ rows: [{ table_name: "metrics", removed: 3 }, { table_name: "errors", removed: 0 }], rowCount: 2 }));
  query.mockRejectedValueOnce(new Error("function orchestration.apply_retention() does not exist"));
  const retention = new Retention({ query }, logger);
  retention.start();
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
  expect(logger.warn.mock.calls).toEqual([[{ component: "postgres", event: "retention_failed", error: "function orchestration.apply_retention() does not exist" }, "old records could not be removed"]]);
  await vi.advanceTimersByTimeAsync(60 * MINUTE_MS);
  expect(logger.info.mock.calls).toEqual([[{ component: "postgres", event: "retention", removed: { metrics: 3, errors: 0 } }, "old records removed"]]);
  await vi.advanceTimersByTimeAsync(3 * 24 * 60 * MINUTE_MS);
  expect(query).toHaveBeenCalledTimes(5);
  await retention.stop();
  await vi.advanceTimersByTimeAsync(3 * 24 * 60 * MINUTE_MS);
  expect(query).toHaveBeenCalledTimes(5);
});
