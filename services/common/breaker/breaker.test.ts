import { Registry } from "prom-client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Breaker, BreakerOpenError, breakerReports, publishBreakers, type BreakerOptions } from "./index.ts";

class Denied extends Error {}
const fails = () => Promise.reject(new Error("refused"));
const works = async () => "yes";

function breaker(options: Partial<BreakerOptions> = {}) {
  return new Breaker({ name: "opa", failures: 3, coolDownMs: 60_000, isAnswer: (error) => error instanceof Denied, ...options });
}

async function open(target: Breaker, times = 3): Promise<void> {
  for (let n = 0; n < times; n++) await expect(target.execute(fails)).rejects.toThrow("refused");
}

beforeEach(() => vi.useFakeTimers({ now: Date.parse("2026-11-24T00:00:00Z") }));
afterEach(() => vi.useRealTimers());

describe("a breaker", () => {
  it("opens after failures in a row, then refuses without asking", async () => {
    const opa = breaker();
    await open(opa, 2);
    expect(opa.report()).toMatchObject({ state: "CLOSED", failures: 2, rejected: 0 });
    await open(opa, 1);
    const work = vi.fn(works);
    vi.advanceTimersByTime(59_000);
    const refused = opa.execute(work);
    await expect(refused).rejects.toBeInstanceOf(BreakerOpenError);
    await expect(refused).rejects.toMatchObject({ statusCode: 503, code: "DIVE_ERR_CIRCUIT_OPEN", headers: { "retry-after": "1" } });
    expect(work).not.toHaveBeenCalled();
    expect(opa.report()).toEqual({ state: "OPEN", failures: 3, rejected: 1, since: "2026-11-24T00:00:00.000Z" });
  });

  it("counts failures in a row only", async () => {
    const opa = breaker();
    await open(opa, 2);
    await opa.execute(works);
    await open(opa, 2);
    expect(opa.state).toBe("CLOSED");
  });

  it("takes a denial for an answer: it comes through, and ends a row of failures", async () => {
    const opa = breaker();
    const denies = () => Promise.reject(new Denied("no"));
    await open(opa, 2);
    await expect(opa.execute(denies)).rejects.toBeInstanceOf(Denied);
    expect(opa.report()).toMatchObject({ state: "CLOSED", failures: 0 });
    for (let n = 0; n < 10; n++) await expect(opa.execute(denies)).rejects.toThrow("no");
    expect(opa.state).toBe("CLOSED");
  });

  it("does not count a caller that has gone, and does not close for one either", async () => {
    const opa = breaker();
    const gone = AbortSignal.abort(new Error("gone"));
    for (let n = 0; n < 10; n++) await expect(opa.execute(fails, gone)).rejects.toThrow("refused");
    expect(opa.report()).toMatchObject({ state: "CLOSED", failures: 0 });
    await open(opa);
    vi.advanceTimersByTime(60_000);
    await expect(opa.execute(fails, gone)).rejects.toThrow("refused");
    expect(opa.state).toBe("OPEN");
  });

  it("is closed by the first success after the cool-down, and opened again by a failure", async () => {
    const opa = breaker();
    await open(opa);
    vi.advanceTimersByTime(60_000);
    await open(opa, 1);
    expect(opa.state).toBe("OPEN");
    vi.advanceTimersByTime(60_000);
    expect(await opa.execute(works)).toBe("yes");
    expect(opa.report()).toMatchObject({ state: "CLOSED", failures: 0, since: "2026-11-24T00:02:00.000Z" });
  });
});

describe("the background probe", () => {
  it("closes the circuit without traffic, however often it has to try", async () => {
    const probe = vi.fn().mockRejectedValueOnce(new Error("still down")).mockResolvedValue(undefined);
    const changes: string[] = [];
    const opa = breaker({ probe, onChange: (state) => changes.push(state) });
    await open(opa);
    await vi.advanceTimersByTimeAsync(60_020);
    expect(opa.state).toBe("OPEN");
    await vi.advanceTimersByTimeAsync(60_020);
    expect(opa.state).toBe("CLOSED");
    expect(probe).toHaveBeenCalledTimes(2);
    expect(changes).toEqual(["OPEN", "HALF_OPEN", "OPEN", "HALF_OPEN", "CLOSED"]);
  });

  it("ends with stop", async () => {
    const probe = vi.fn(works);
    const opa = breaker({ probe });
    await open(opa);
    opa.stop();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(probe).not.toHaveBeenCalled();
  });
});

describe("what is published", () => {
  it("is the state of each breaker at the time of asking", async () => {
    const registry = new Registry();
    const [opa, kas] = [breaker(), breaker({ name: "kas" })];
    publishBreakers([opa, kas], registry);
    await open(opa);
    const text = await registry.metrics();
    expect(text).toContain('dive_v3_circuit_breaker_state{service="opa"} 2');
    expect(text).toContain('dive_v3_circuit_breaker_state{service="kas"} 0');
    expect(breakerReports([opa, kas])).toMatchObject({ opa: { state: "OPEN" }, kas: { state: "CLOSED" } });
  });
});
