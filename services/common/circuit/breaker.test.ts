import { describe, expect, test, vi } from "vitest";
import { MemoryCircuitStore } from "../testing/memory-circuit-store.ts";
import { PersistentCircuitBreaker } from "./breaker.ts";
import { CircuitOpenError, CircuitStoreUnavailableError } from "./errors.ts";
import { isUnavailability, outcomeOf, textOf } from "./outcome.ts";
import { PostgresCircuitStore } from "./postgres-store.ts";
import type { CircuitStore } from "./types.ts";

const key = { name: "federation-link", instance: "FRA" };
const START = Date.parse("2026-11-24T02:00:00Z");
const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:8453"), { code: "ECONNREFUSED" });
const failing = () => Promise.reject(refused);

function circuit(options: Partial<ConstructorParameters<typeof PersistentCircuitBreaker>[0]> = {}) {
  const time = { now: START };
  const store = new MemoryCircuitStore(() => time.now);
  return { time, store, breaker: new PersistentCircuitBreaker({ key, store, holder: "usa-backend", ...options }) };
}

async function opened(options?: Parameters<typeof circuit>[0]) {
  const made = circuit(options);
  for (let i = 0; i < 5; i++) await expect(made.breaker.execute(failing)).rejects.toBe(refused);
  return made;
}

describe("a circuit", () => {
  test("is closed at first, and passes results and errors through", async () => {
    const { breaker } = circuit();
    expect(await breaker.execute(async () => 42)).toBe(42);
    await expect(breaker.execute(failing)).rejects.toBe(refused);
    expect(await breaker.snapshot()).toEqual({ key, state: "CLOSED", failures: 1, rejected: 0, lastError: refused.message });
    await breaker.execute(async () => undefined);
    expect(await breaker.snapshot()).toEqual({ key, state: "CLOSED", failures: 0, rejected: 0 });
  });

  test("opens after five failures in a row and then says which, since when, until when, why, and how to reset it", async () => {
    const { breaker, time } = await opened();
    time.now += 1_000;
    const work = vi.fn();
    const error = await breaker.execute(work).catch((thrown: unknown) => thrown as CircuitOpenError);
    expect(work).not.toHaveBeenCalled();
    expect(error).toBeInstanceOf(CircuitOpenError);
    expect(error).toMatchObject({ code: "DIVE_ERR_CIRCUIT_OPEN", key, since: new Date(START), until: new Date(START + 60_000), lastError: refused.message });
    expect((error as Error).message).toBe(
      "Circuit federation-link/FRA is open since 2026-11-24T02:00:00.000Z, after 5 failures in a row, the last: connect ECONNREFUSED 127.0.0.1:8453. "
      + "It is tried again at 2026-11-24T02:01:00.000Z; to close it by hand: ./dive federation reset-circuit FRA",
    );
    expect(await breaker.snapshot()).toEqual({ key, state: "OPEN", failures: 5, openedAt: new Date(START), until: new Date(START + 60_000), lastError: refused.message, rejected: 1 });
  });

  test("is tried by one call after its cool-down; others are told by whom", async () => {
    const { breaker, time, store } = await opened();
    time.now += 60_000;
    expect((await breaker.snapshot()).state).toBe("HALF_OPEN");
    const { promise, resolve } = Promise.withResolvers<string>();
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    const trying = breaker.execute(() => (start(), promise));
    await started;
    const other = new PersistentCircuitBreaker({ key, store });
    await expect(other.execute(async () => "no")).rejects.toThrow(
      "Circuit federation-link/FRA is half-open since 2026-11-24T02:00:00.000Z, after 5 failures in a row, the last: connect ECONNREFUSED 127.0.0.1:8453. "
      + "usa-backend tries it now, until 2026-11-24T02:02:00.000Z at most; to close it by hand: ./dive federation reset-circuit FRA",
    );
    resolve("there again");
    expect(await trying).toBe("there again");
    expect(await other.execute(async () => "yes")).toBe("yes");
  });

  test("opens again when the call that tries it fails, or ends too late; a process that died while trying counts the same", async () => {
    const { breaker, time } = await opened();
    time.now += 60_000;
    await expect(breaker.execute(failing)).rejects.toBe(refused);
    expect(await breaker.snapshot()).toMatchObject({ state: "OPEN", failures: 6, openedAt: new Date(START + 60_000) });
    time.now += 60_000;
    void breaker.execute(() => new Promise(() => undefined));
    await vi.waitFor(async () => expect(await breaker.snapshot()).toMatchObject({ state: "HALF_OPEN", until: new Date(START + 180_000) }));
    time.now += 60_000;
    expect(await breaker.snapshot()).toMatchObject({ state: "OPEN", openedAt: new Date(START + 180_000), until: new Date(START + 240_000) });
  });

  test("ends the call that tries it at its limit, even one that ignores its signal", async () => {
    const { breaker, time } = await opened({ probeLimitMs: 20 });
    time.now += 60_000;
    let signal: AbortSignal | undefined;
    await expect(breaker.execute((given) => ((signal = given), new Promise(() => undefined)))).rejects.toThrow("no result within 0.02 s");
    expect(signal!.aborted).toBe(true);
    expect(await breaker.snapshot()).toMatchObject({ state: "OPEN", failures: 6, lastError: "no result within 0.02 s" });
  });

  test("closes by hand at once, and a result from before counts no more", async () => {
    const { breaker, time } = await opened();
    time.now += 60_000;
    const { promise, reject } = Promise.withResolvers<never>();
    const trying = breaker.execute(() => promise);
    await vi.waitFor(async () => expect((await breaker.snapshot()).until).toEqual(new Date(time.now + 60_000)));
    await breaker.reset();
    reject(refused);
    await expect(trying).rejects.toBe(refused);
    expect(await breaker.snapshot()).toEqual({ key, state: "CLOSED", failures: 0, rejected: 0 });
  });

  test("keeps the thresholds it was declared with", async () => {
    const { store, time } = circuit();
    await store.read(key, { failures: 1, coolDownMs: 5 });
    const breaker = new PersistentCircuitBreaker({ key, store, thresholds: { failures: 9, coolDownMs: 9 } });
    await expect(breaker.execute(failing)).rejects.toBe(refused);
    expect(await breaker.snapshot()).toMatchObject({ state: "OPEN", until: new Date(time.now + 5) });
  });

  test("decides by another clock when it is given one", async () => {
    const { breaker } = await opened({ clock: { now: () => 0 } });
    expect(await breaker.snapshot()).toMatchObject({ state: "OPEN", openedAt: new Date(0), until: new Date(60_000) });
  });

  test("a caller that gave up says nothing about the other end", async () => {
    const { breaker, time } = await opened();
    time.now += 60_000;
    const abort = new AbortController();
    await expect(breaker.execute(async () => (abort.abort(), failing()), abort.signal)).rejects.toBe(refused);
    expect(await breaker.snapshot()).toMatchObject({ state: "HALF_OPEN", failures: 5, openedAt: new Date(START) });
    await expect(breaker.execute(failing, abort.signal)).rejects.toThrow("aborted");
  });
});

describe("what counts", () => {
  test.for([
    ["refused", refused, "failure"],
    ["a cut connection below fetch", new TypeError("fetch failed", { cause: Object.assign(new Error("read"), { code: "ECONNRESET" }) }), "failure"],
    ["all addresses refused", new AggregateError([refused], ""), "failure"],
    ["a time limit", Object.assign(new Error("slow"), { name: "TimeoutError" }), "failure"],
    ["a probe that found nobody", Object.assign(new Error("503"), { kind: "unavailable" }), "failure"],
    ["a denial", Object.assign(new Error("403"), { kind: "denied" }), "success"],
    ["not yet", Object.assign(new Error("issuer"), { kind: "not-yet", cause: refused }), "success"],
    ["a bug", new TypeError("x is not a function"), "nothing"],
    ["no error at all", "text", "nothing"],
  ] as const)("%s", ([, error, kind]) => {
    expect(outcomeOf(error, false, isUnavailability).kind).toBe(kind);
    expect(outcomeOf(error, true, isUnavailability).kind).toBe("nothing");
  });

  test("an error's text fits into the store", () => {
    expect(textOf(new Error(`a\0b${"😀".repeat(2_000)}`))).toMatch(/^ab😀{998}\uFFFD…$/u);
  });
});

describe("without its store", () => {
  const cause = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:5432"), { code: "ECONNREFUSED" });
  const down = new PostgresCircuitStore({ query: () => Promise.reject(cause) });
  const message = "Circuit federation-link/FRA: orchestration.circuit_breaker_state cannot be asked, so no call that it guards is made: connect ECONNREFUSED 127.0.0.1:5432";

  test("a call is refused with the reason, never made", async () => {
    const work = vi.fn();
    const breaker = new PersistentCircuitBreaker({ key, store: down });
    const error = await breaker.execute(work).catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ name: "CircuitStoreUnavailableError", code: "DIVE_ERR_CIRCUIT_STORE_UNAVAILABLE", key, message, cause });
    expect(work).not.toHaveBeenCalled();
    await expect(breaker.snapshot()).rejects.toThrow(message);
    await expect(breaker.reset()).rejects.toThrow(message);
    await expect(down.list()).rejects.toThrow("The circuits: orchestration.circuit_breaker_state cannot be asked");
  });

  test("a result that cannot be kept is told with how the call ended", async () => {
    const { store } = circuit();
    let gone = false;
    const going: CircuitStore = { read: (...args) => (gone ? down.read(...args) : store.read(...args)), replace: store.replace.bind(store), countRejected: store.countRejected.bind(store), list: store.list.bind(store) };
    const breaker = new PersistentCircuitBreaker({ key, store: going });
    const lose = <T>(result: Promise<T>) => ((gone = true), result);
    await expect(breaker.execute(() => lose(Promise.resolve(1)))).rejects.toThrow("Circuit federation-link/FRA: the call succeeded, but that could not be kept: connect ECONNREFUSED 127.0.0.1:5432");
    gone = false;
    await expect(breaker.execute(() => lose(failing()))).rejects.toThrow("the call failed (connect ECONNREFUSED 127.0.0.1:8453), but that could not be kept: connect ECONNREFUSED 127.0.0.1:5432");
  });

  test("a store that never takes a change is given up", async () => {
    const { store, time } = await opened();
    time.now += 60_000;
    const stubborn: CircuitStore = { read: store.read.bind(store), replace: async () => false, countRejected: store.countRejected.bind(store), list: store.list.bind(store) };
    const breaker = new PersistentCircuitBreaker({ key, store: stubborn });
    await expect(breaker.execute(async () => 1)).rejects.toThrow(CircuitStoreUnavailableError);
    await expect(breaker.reset()).rejects.toThrow("its state could not be changed: other processes changed it 1000 times meanwhile");
  });
});
