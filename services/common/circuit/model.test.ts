/** The breaker of two processes against a simple model of what it should be, over random sequences of events. */
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CircuitModel, COOL_DOWN, type End, ERRORS, events, PROBE_LIMIT } from "../testing/circuit-model.ts";
import { MemoryCircuitStore } from "../testing/memory-circuit-store.ts";
import { PersistentCircuitBreaker } from "./breaker.ts";
import { snapshotOf } from "./state-machine.ts";
import { DEFAULT_THRESHOLDS as DEFAULTS, type Circuit, type CircuitKey, type CircuitState } from "./types.ts";

const RUNS = 10_000;
const KEY: CircuitKey = { name: "federation-link", instance: "FRA" };
/** A call that the test ends when it likes. */
interface Call {
  readonly process: 0 | 1;
  readonly era: number;
  readonly abort: AbortController;
  readonly done: Promise<unknown>;
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

test(`in ${RUNS} random histories of two processes, both always see what the model says`, async () => {
  let opened = 0, probed = 0, refused = 0;
  await fc.assert(fc.asyncProperty(events, fc.integer({ min: 1, max: 5 }), async (history, failures) => {
    const model = new CircuitModel(failures);
    const thresholds = { failures, coolDownMs: COOL_DOWN };
    const store = new MemoryCircuitStore(() => model.now);
    const breakers = [0, 1].map((n) => new PersistentCircuitBreaker({ key: KEY, store, thresholds, holder: `process ${n}`, probeLimitMs: PROBE_LIMIT }));
    let calls: Call[] = [];
    for (const event of history) {
      if (event.kind === "pass") model.pass(event.time);
      else if (event.kind === "crash") calls = calls.filter((call) => call.process !== event.process);
      else if (event.kind === "reset") {
        await breakers[event.process]!.reset();
        model.close();
        model.era++;
      } else if (event.kind === "begin") {
        const { started, ...call } = begin(breakers[event.process]!, event.process);
        const admitted = model.begin();
        const outcome = await Promise.race([started.then(() => "started" as const), call.done]);
        if (admitted === "refused") {
          expect(outcome).toMatchObject({ code: "DIVE_ERR_CIRCUIT_OPEN" });
          refused++;
        } else {
          expect(outcome).toBe("started");
          if (admitted.probe) probed++;
          calls.push({ ...call, process: event.process, era: admitted.era });
        }
      } else if (calls.length > 0) {
        const [call] = calls.splice(event.which % calls.length, 1) as [Call];
        const thrown = await finish(call, event.end);
        const before = model.phase;
        model.end(call.era, event.end);
        if (before !== "open" && model.phase === "open") opened++;
        expect(thrown).toBe(event.end === "success" ? "done" : event.end === "aborted" ? call.abort.signal.reason : ERRORS[event.end]);
      }
      for (const breaker of breakers) {
        const { state, failures, rejected, openedAt, until } = await breaker.snapshot();
        expect({ state, failures, rejected, openedAt: openedAt?.getTime(), until: until?.getTime() }).toEqual(model.snapshot());
      }
    }
  }), { numRuns: RUNS });
  // The histories are worth something.
  expect({ opened: opened > RUNS / 2, probed: probed > RUNS / 10, refused: refused > RUNS }).toEqual({ opened: true, probed: true, refused: true });
}, 300_000);

test("whatever the order of the store's answers, no failure is lost and none counts twice", async () => {
  await fc.assert(fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 8 }), async (scheduler, calls) => {
    const store = scheduled(new MemoryCircuitStore(() => 0), scheduler);
    const breakers = [0, 1].map((n) => new PersistentCircuitBreaker({ key: KEY, store, holder: `process ${n}` }));
    const ended = Promise.allSettled(Array.from({ length: calls }, (_, i) => breakers[i % 2]!.execute(() => Promise.reject(ERRORS.unavailable))));
    await scheduler.waitFor(ended);
    const refused = (await ended).filter((one) => one.status === "rejected" && one.reason !== ERRORS.unavailable).length;
    const { circuit } = await store.real.read(KEY);
    expect(circuit).toMatchObject({ rejected: refused, state: { kind: calls >= DEFAULTS.failures ? "open" : "closed", failures: Math.min(calls, DEFAULTS.failures) } });
  }), { numRuns: 2_000 });
}, 300_000);

test("whatever the order of the store's answers, one call tries a half-open circuit at a time", async () => {
  await fc.assert(fc.asyncProperty(fc.scheduler(), fc.array(fc.constantFrom<End>("success", "unavailable", "bug"), { minLength: 2, maxLength: 6 }), async (scheduler, ends) => {
    let running = 0;
    const store = scheduled(new MemoryCircuitStore(() => DEFAULTS.coolDownMs), scheduler);
    const open: CircuitState = { kind: "open", failures: DEFAULTS.failures, openedAt: 0 };
    const { version, circuit } = await store.real.read(KEY);
    await store.real.replace(KEY, version, { ...circuit, state: open, lastError: "x" } satisfies Circuit);
    const breakers = [0, 1].map((n) => new PersistentCircuitBreaker({ key: KEY, store, holder: `process ${n}` }));
    const ended = Promise.allSettled(ends.map((end, i) => breakers[i % 2]!.execute(async () => {
      const halfOpen = snapshotOf(await store.real.read(KEY)).state === "HALF_OPEN";
      if (halfOpen) expect(++running).toBe(1);
      await scheduler.schedule(Promise.resolve());
      if (halfOpen) running--;
      if (end !== "success") throw ERRORS[end as keyof typeof ERRORS];
    })));
    await scheduler.waitFor(ended);
    for (const one of await ended) if (one.status === "rejected") expect([ERRORS.unavailable, ERRORS.bug, "DIVE_ERR_CIRCUIT_OPEN"]).toContain(one.reason.code ?? one.reason);
  }), { numRuns: 2_000 });
}, 300_000);

function begin(breaker: PersistentCircuitBreaker, process: 0 | 1): Omit<Call, "era"> & { started: Promise<void> } {
  const abort = new AbortController();
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  const done = breaker.execute(() => (start(), promise), abort.signal).catch((error: unknown) => error);
  return { process, abort, done, resolve, reject, started };
}

function finish({ abort, done, resolve, reject }: Call, end: End): Promise<unknown> {
  if (end === "success") resolve("done");
  else if (end === "aborted") {
    abort.abort();
    reject(abort.signal.reason);
  } else reject(ERRORS[end]);
  return done;
}

/** The store with its answers in any order that the scheduler likes. */
function scheduled(real: MemoryCircuitStore, scheduler: fc.Scheduler) {
  return {
    real,
    read: scheduler.scheduleFunction(real.read.bind(real)),
    replace: scheduler.scheduleFunction(real.replace.bind(real)),
    countRejected: scheduler.scheduleFunction(real.countRejected.bind(real)),
    list: real.list.bind(real),
  };
}
