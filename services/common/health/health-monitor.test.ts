import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { HealthMonitor } from "./health-monitor.ts";
import { runProbe } from "./run-probe.ts";
import type { HealthPart, Probe } from "./types.ts";

const up: Probe = async () => {};
const down: Probe = async () => {
  throw new Error("connect ECONNREFUSED");
};
const never: Probe = () => new Promise(() => {});
const after = (ms: number): Probe => () => new Promise((resolve) => setTimeout(resolve, ms));
const clock = { now: () => Date.now() };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function monitor(probes: { mongodb?: Probe; redis?: Probe }, onReport?: (name: string) => void) {
  const parts: HealthPart[] = [
    { name: "mongodb", critical: true, probe: probes.mongodb ?? up },
    { name: "redis", critical: false, probe: probes.redis ?? up },
  ];
  return new HealthMonitor({ parts, clock, ...(onReport === undefined ? {} : { onReport }) });
}

describe("runProbe", () => {
  it("finds a part up", async () => {
    expect(await runProbe(up, 1_000, clock)).toEqual({ status: "up", responseTimeMs: 0 });
  });

  it("finds a part slow beyond 2 s, and not at 2 s", async () => {
    const exactly = runProbe(after(2_000), 5_000, clock);
    const beyond = runProbe(after(2_001), 5_000, clock);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await exactly).toEqual({ status: "up", responseTimeMs: 2_000 });
    expect(await beyond).toEqual({ status: "degraded", responseTimeMs: 2_001, error: "answered after 2001 ms, more than 2000 ms" });
  });

  it("finds a part down by its error, and by time when it ignores the signal", async () => {
    expect(await runProbe(down, 1_000, clock)).toEqual({ status: "down", responseTimeMs: 0, error: "connect ECONNREFUSED" });
    const silent = runProbe(never, 2_500, clock);
    await vi.advanceTimersByTimeAsync(2_500);
    expect(await silent).toEqual({ status: "down", responseTimeMs: 2_500, error: "no answer within 2500 ms" });
  });

  it("aborts the probe's signal when time is up", async () => {
    let aborted = false;
    const result = runProbe((signal) => new Promise((_, reject) => signal.addEventListener("abort", () => {
      aborted = true;
      reject(signal.reason);
    })), 100, clock);
    await vi.advanceTimersByTimeAsync(100);
    await result;
    expect(aborted).toBe(true);
  });
});

describe("HealthMonitor", () => {
  it.each([
    ["everything up", {}, "healthy", true],
    ["a critical part down", { mongodb: down }, "unhealthy", false],
    ["another part down", { redis: down }, "degraded", true],
    ["both down", { mongodb: down, redis: down }, "unhealthy", false],
    ["another part degraded", { redis: async () => ({ degraded: "old" }) }, "degraded", true],
  ])("with %s", async (_what, probes, status, ready) => {
    const health = monitor(probes);
    health.start();
    await vi.advanceTimersByTimeAsync(0);
    expect((await health.report()).status).toBe(status);
    expect(await health.ready()).toEqual({ ready, down: ready ? [] : ["mongodb"] });
    health.stop();
  });

  it("with a slow critical part is degraded and ready", async () => {
    const health = monitor({ mongodb: after(2_200) });
    health.start();
    const report = health.report();
    const ready = health.ready();
    await vi.advanceTimersByTimeAsync(2_200);
    expect((await report).status).toBe("degraded");
    expect((await ready).ready).toBe(true);
    health.stop();
  });

  it("does not wait for a background part, and tells the age of its result", async () => {
    const health = monitor({ redis: never });
    expect((await health.report()).services["redis"]).toEqual({ status: "down", responseTimeMs: 0, error: "not checked yet" });
    health.start();
    await vi.advanceTimersByTimeAsync(6_000 + 700);
    expect((await health.report()).services["redis"]).toEqual({ status: "down", responseTimeMs: 6_000, error: "no answer within 6000 ms", ageMs: 700 });
    health.stop();
  });

  it("sees a background part go and come back by itself", async () => {
    let probe = up;
    const health = monitor({ redis: (signal) => probe(signal) });
    health.start();
    await vi.advanceTimersByTimeAsync(0);
    expect((await health.report()).status).toBe("healthy");
    probe = down;
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await health.report()).status).toBe("degraded");
    probe = up;
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await health.report()).status).toBe("healthy");
    health.stop();
  });

  it("does not trust a result that is too old", async () => {
    const health = monitor({});
    health.start();
    await vi.advanceTimersByTimeAsync(0);
    health.stop();
    await vi.advanceTimersByTimeAsync(30_001);
    expect((await health.report()).services["redis"]).toMatchObject({ status: "degraded", ageMs: 30_001 });
  });

  it("shares one check among requests of the same moment, and reports each check once", async () => {
    const probe = vi.fn(after(50));
    const reported = vi.fn();
    const health = monitor({ mongodb: probe }, reported);
    const all = Promise.all([health.report(), health.ready(), health.report()]);
    await vi.advanceTimersByTimeAsync(50);
    await all;
    expect(probe).toHaveBeenCalledTimes(1);
    expect(reported).toHaveBeenCalledTimes(1);
    const next = health.ready();
    await vi.advanceTimersByTimeAsync(50);
    await next;
    expect(probe).toHaveBeenCalledTimes(2);
  });
});
