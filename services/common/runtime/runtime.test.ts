import { execFile } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeError } from "./describe-error.ts";
import { keepTrying } from "./retry-forever.ts";
import { closeInOrder } from "./shutdown.ts";

const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

beforeEach(() => {
  vi.clearAllMocks();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("describeError", () => {
  it("goes down to the cause, once", () => {
    const cause = new AggregateError([new Error("connect ECONNREFUSED ::1:1")], "");
    expect(describeError(new TypeError("fetch failed", { cause }))).toBe("fetch failed: AggregateError: connect ECONNREFUSED ::1:1");
    expect(describeError(new Error("a: b", { cause: new Error("b") }))).toBe("a: b");
    expect(describeError("text")).toBe("text");
    expect(describeError(undefined)).toBe("unknown error");
  });

  it("ends when causes go in a circle", () => {
    const error = new Error("round");
    error.cause = error;
    expect(describeError(error)).toBe("round");
  });
});

describe("keepTrying", () => {
  it("goes on after failed attempts until one succeeds", async () => {
    let left = 6;
    const attempt = vi.fn(async () => {
      if (left-- > 0) throw new Error("refused");
    });
    const plan = { name: "mongodb", firstDelayMs: 1, roundDelayMs: 1, signal: new AbortController().signal, logger };
    await expect(keepTrying(attempt, plan)).resolves.toBe(true);
    expect(attempt).toHaveBeenCalledTimes(7);
    expect(logger.warn.mock.calls).toEqual([[{ component: "mongodb", event: "reconnect_failed", attempts: 5, error: "refused" }, "could not connect"]]);
  });

  it("stops when told to, also while it waits", async () => {
    const stop = new AbortController();
    const attempt = vi.fn(async () => {
      throw new Error("refused");
    });
    const trying = keepTrying(attempt, { name: "x", firstDelayMs: 60_000, signal: stop.signal, logger });
    await vi.waitFor(() => expect(attempt).toHaveBeenCalled());
    stop.abort();
    await expect(trying).resolves.toBe(false);
    expect(attempt).toHaveBeenCalledTimes(1);
  });
});

describe("closeInOrder", () => {
  it("closes everything in order, also after a failure, and says so by its code", async () => {
    const order: string[] = [];
    const step = (name: string, fails = false) => ({
      name,
      close: async () => {
        order.push(name);
        if (fails) throw new Error("stuck");
      },
    });
    expect(await closeInOrder({ reason: "SIGTERM", steps: [step("a"), step("b")], logger })).toBe(0);
    expect(await closeInOrder({ reason: "SIGTERM", steps: [step("c", true), step("d")], logger })).toBe(1);
    expect(order).toEqual(["a", "b", "c", "d"]);
  });

  it("gives up at the deadline", async () => {
    vi.useFakeTimers();
    const closing = closeInOrder({ reason: "SIGTERM", steps: [{ name: "a", close: () => new Promise(() => {}) }], deadlineMs: 500, logger });
    await vi.advanceTimersByTimeAsync(500);
    expect(await closing).toBe(1);
  });
});

describe("logCrash", () => {
  // A process of its own: the error ends it.
  const program = (failing: string) => `
    import { logCrash } from ${JSON.stringify(new URL("./shutdown.ts", import.meta.url).href)};
    logCrash({ error: (facts, message) => console.log(JSON.stringify({ ...facts, message })) });
    ${failing}`;
  const run = (failing: string) =>
    new Promise<{ code: unknown; line: Record<string, unknown> }>((resolve) => {
      execFile(process.execPath, ["--input-type=module", "-e", program(failing)], (error, stdout) => resolve({ code: error?.code, line: JSON.parse(stdout) }));
    });

  it.each([
    ["uncaughtException", 'setImmediate(() => { throw new Error("broken", { cause: new Error("why") }); })'],
    ["unhandledRejection", 'setImmediate(() => void Promise.reject(new Error("broken", { cause: new Error("why") })))'],
  ])("logs an %s with its cause, and the process ends as it would", async (origin, failing) => {
    const { code, line } = await run(failing);
    expect(code).toBe(1);
    expect(line).toMatchObject({ event: "crash", origin, error: "broken: why", message: "ending" });
    expect(line["stack"]).toContain("Error: broken");
  });
});
