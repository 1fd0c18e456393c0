import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { CircuitOpenError, CircuitStoreUnavailableError } from "./errors.ts";
import { isUnavailability, outcomeOf, textOf } from "./outcome.ts";
import { admit, reset, settle, snapshotOf, type Outcome, type Ticket } from "./state-machine.ts";
import { DEFAULT_THRESHOLDS, type Circuit, type CircuitKey, type CircuitSnapshot, type CircuitStore, type CircuitThresholds, type StoredCircuit } from "./types.ts";

/** How long the call that tries a half-open circuit may take, in milliseconds. */
export const PROBE_LIMIT_MS = 60_000;

/** Each lost compare-and-set means that another process won one, so this many in a row are a fault of the store. */
const MOST_ATTEMPTS = 1_000;

/** Settings of {@link PersistentCircuitBreaker}. */
export interface PersistentCircuitBreakerOptions {
  readonly key: CircuitKey;
  readonly store: CircuitStore;
  /** For a circuit that nobody declared yet; those of a stored one hold. Default: 5 failures, 60 s. */
  readonly thresholds?: CircuitThresholds;
  /**
   * Time, in milliseconds since 1970. Default: the store's own clock, which all processes share: by their own clocks, one that is fast
   * would try a circuit that is open for the others, and end another's probe. For tests.
   */
  readonly clock?: { now(): number };
  /** Whether an error counts as a failure. Default: unavailability, see {@link isUnavailability}. */
  readonly countsAsFailure?: (error: unknown) => boolean;
  /** Names this process in what others are told. Default: host, process id and a random part. */
  readonly holder?: string;
  /** Longest call that tries a half-open circuit, in milliseconds; its signal is then aborted and it has failed. Default 60,000. */
  readonly probeLimitMs?: number;
}

/**
 * A circuit breaker whose state all processes share and no restart forgets. Before each call the store is asked; when it cannot be asked,
 * the call is not made. Retries belong outside, time limits of single requests inside the work.
 */
export class PersistentCircuitBreaker {
  readonly key: CircuitKey;
  readonly #store: CircuitStore;
  readonly #thresholds: CircuitThresholds;
  readonly #clock: { now(): number } | undefined;
  readonly #countsAsFailure: (error: unknown) => boolean;
  readonly #holder: string;
  readonly #probeLimitMs: number;

  constructor(options: PersistentCircuitBreakerOptions) {
    const { key, store, thresholds = DEFAULT_THRESHOLDS, clock, countsAsFailure = isUnavailability, probeLimitMs = PROBE_LIMIT_MS } = options;
    if (!(probeLimitMs > 0)) throw new RangeError(`probeLimitMs must be above 0, got ${probeLimitMs}`);
    this.key = key;
    this.#store = store;
    this.#thresholds = thresholds;
    this.#clock = clock;
    this.#countsAsFailure = countsAsFailure;
    this.#holder = options.holder ?? `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
    this.#probeLimitMs = probeLimitMs;
  }

  /**
   * Makes the call, unless the circuit is open. What the work throws comes through unchanged.
   * @param work gets a signal that ends with the caller's, and with the time limit of a call that tries a half-open circuit
   * @param signal the caller's; work that fails after it was aborted says nothing about the other end
   * @throws {CircuitOpenError} the call was not made
   * @throws {CircuitStoreUnavailableError} the call was not made, or its result could not be kept
   */
  async execute<T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const ticket = await this.#admit();
    let result: T;
    try {
      result = await (ticket.probe ? this.#limited(work, signal) : work(signal ?? new AbortController().signal));
    } catch (error) {
      const outcome = error instanceof ProbeLimitError ? ({ kind: "failure", error: error.message } as const) : outcomeOf(error, signal?.aborted === true, this.#countsAsFailure);
      await this.#keep(ticket, outcome, error);
      throw error;
    }
    await this.#keep(ticket, { kind: "success" });
    return result;
  }

  /** The circuit as it is now. @throws {CircuitStoreUnavailableError} */
  async snapshot(): Promise<CircuitSnapshot> {
    return snapshotOf(await this.#read());
  }

  /** Closes the circuit and forgets its failures; what is under way counts no more. @throws {CircuitStoreUnavailableError} */
  async reset(): Promise<void> {
    await this.#change(reset);
  }

  async #read(): Promise<StoredCircuit> {
    const stored = await this.#store.read(this.key, this.#thresholds);
    return this.#clock === undefined ? stored : { ...stored, now: this.#clock.now() };
  }

  async #admit(): Promise<Ticket> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const { circuit, version, now } = await this.#read();
      const admission = admit(circuit, now, this.#holder, this.#probeLimitMs);
      if (admission.kind === "run") return admission.ticket;
      if (admission.kind === "refuse") {
        await this.#store.countRejected(this.key);
        const { since, until, probedBy } = admission;
        throw new CircuitOpenError(this.key, { since: new Date(since), until: new Date(until), probedBy, lastError: circuit.lastError, failures: circuit.state.failures });
      }
      if (await this.#store.replace(this.key, version, admission.next)) return admission.ticket;
    }
    throw this.#beaten("the call was not made");
  }

  async #keep(ticket: Ticket, outcome: Outcome, error?: unknown): Promise<void> {
    if (outcome.kind === "nothing" && !ticket.probe) return;
    try {
      await this.#change((circuit, now) => settle(circuit, ticket, outcome, now));
    } catch (cause) {
      if (!(cause instanceof CircuitStoreUnavailableError)) throw cause;
      const ended = error === undefined ? "succeeded" : `failed (${textOf(error)})`;
      throw new CircuitStoreUnavailableError(this.key, `the call ${ended}, but that could not be kept: ${textOf(cause.cause ?? cause)}`, { cause });
    }
  }

  async #change(step: (circuit: Circuit, now: number) => Circuit): Promise<void> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const { circuit, version, now } = await this.#read();
      const next = step(circuit, now);
      if (next === circuit || (await this.#store.replace(this.key, version, next))) return;
    }
    throw this.#beaten("its state could not be changed");
  }

  #beaten(what: string): CircuitStoreUnavailableError {
    return new CircuitStoreUnavailableError(this.key, `${what}: other processes changed it ${MOST_ATTEMPTS} times meanwhile`);
  }

  /** Others take the probe for dead when its limit is over, so it ends then even if it ignores its signal. */
  async #limited<T>(work: (signal: AbortSignal) => Promise<T>, outer: AbortSignal | undefined): Promise<T> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(new ProbeLimitError(this.#probeLimitMs)), this.#probeLimitMs);
    const over = new Promise<never>((_, reject) => limit.signal.addEventListener("abort", () => reject(limit.signal.reason), { once: true }));
    try {
      return await Promise.race([work(outer === undefined ? limit.signal : AbortSignal.any([outer, limit.signal])), over]);
    } catch (error) {
      throw limit.signal.aborted ? limit.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }
}

class ProbeLimitError extends Error {
  /** As a timed-out request. */
  readonly kind = "unavailable";
  constructor(limitMs: number) {
    super(`no result within ${limitMs / 1000} s`);
    this.name = "ProbeLimitError";
  }
}
