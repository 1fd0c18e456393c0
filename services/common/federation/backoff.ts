import { describeError } from "./probe-error.ts";

/** Time as `retry` sees it, so that tests need not wait. */
export interface Clock {
  /** Milliseconds; only differences count. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The real time. A pending sleep ends with its signal, so it keeps no process alive longer than needed. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      signal.addEventListener("abort", onAbort, { once: true });
    }),
};

/** What `retry` tells after each attempt that failed. */
export interface FailedAttempt {
  /** Counted from 1. */
  readonly attempt: number;
  readonly error: unknown;
  /** Milliseconds until the next attempt; undefined when this was the last one. */
  readonly nextDelayMs: number | undefined;
}

/** How `retry` goes about it. */
export interface RetryOptions {
  /** Pauses between attempts: the first attempt is made at once, and there is one attempt more than pauses. */
  readonly delaysMs: Iterable<number>;
  /** Hard end of everything, attempts and pauses together. */
  readonly deadlineMs: number;
  /** Hard end of one attempt. Default: only the deadline. */
  readonly attemptTimeoutMs?: number;
  readonly clock?: Clock;
  /** Ends everything early; `retry` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onAttempt?: (failed: FailedAttempt) => void;
  /** Whether another attempt makes sense after this error. Default: always. */
  readonly retryable?: (error: unknown) => boolean;
  /** Fraction (0-1) by which a pause is randomly shortened, for many clients at once. Default 0: exact pauses. */
  readonly jitter?: number;
  /** Source of chance for the jitter, 0 <= x < 1. */
  readonly random?: () => number;
}

/** All attempts failed, or the time was over. `cause` is the error of the last attempt that ended by itself. */
export class RetryError extends Error {
  readonly attempts: number;
  readonly elapsedMs: number;
  constructor(attempts: number, elapsedMs: number, reason: string, last: unknown) {
    super(`${reason} after ${attempts} attempt${attempts === 1 ? "" : "s"} in ${(elapsedMs / 1000).toFixed(1)} s; last seen: ${describeError(last)}`, { cause: last });
    this.name = "RetryError";
    this.attempts = attempts;
    this.elapsedMs = elapsedMs;
  }
}

/** An endless schedule: `firstMs`, then doubled each time up to `maxMs`. */
export function* exponentialDelays(firstMs: number, maxMs: number): Generator<number> {
  for (let delay = firstMs; ; delay = Math.min(delay * 2, maxMs)) yield Math.min(delay, maxMs);
}

/**
 * Calls `attempt` until it succeeds, the schedule is used up, an error is not retryable, or the deadline is over.
 * The deadline holds even when an attempt ignores its signal.
 * @throws RetryError, or the outer signal's reason
 */
export async function retry<T>(attempt: (signal: AbortSignal, attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock = systemClock, deadlineMs, attemptTimeoutMs, onAttempt, retryable = () => true, jitter = 0, random = Math.random } = options;
  if (!(deadlineMs > 0)) throw new RangeError(`deadlineMs must be above 0, got ${deadlineMs}`);
  if (!(jitter >= 0 && jitter <= 1)) throw new RangeError(`jitter must be between 0 and 1, got ${jitter}`);
  const started = clock.now();
  const left = () => deadlineMs - (clock.now() - started);
  const delays = options.delaysMs[Symbol.iterator]();
  let last: unknown = new Error("no answer before the deadline");

  for (let count = 1; ; count++) {
    const budget = Math.min(left(), attemptTimeoutMs ?? Infinity);
    try {
      return await within(budget, clock, options.signal, (signal) => attempt(signal, count));
    } catch (error) {
      options.signal?.throwIfAborted();
      // A time limit says less than what the attempt before it saw; the first attempt has nothing better to tell.
      if (!(error instanceof TimeLimit) || count === 1) last = error;
      const next = retryable(error) ? delays.next() : undefined;
      const pause = next === undefined || next.done ? undefined : next.value * (1 - jitter * random());
      const nextDelayMs = pause !== undefined && pause < left() ? pause : undefined;
      onAttempt?.({ attempt: count, error, nextDelayMs });
      if (nextDelayMs === undefined) {
        const reason = next === undefined ? "gave up" : next.done ? "still failing" : `time limit of ${deadlineMs / 1000} s over`;
        throw new RetryError(count, clock.now() - started, reason, last);
      }
      await clock.sleep(nextDelayMs, options.signal ?? new AbortController().signal);
    }
  }
}

class TimeLimit extends Error {}

/** Runs `work` with a signal that is aborted after `ms`, and stops waiting for it then. */
async function within<T>(ms: number, clock: Clock, outer: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const limit = new AbortController();
  const done = new AbortController();
  const signal = outer ? AbortSignal.any([outer, limit.signal]) : limit.signal;
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  clock.sleep(ms, done.signal).then(
    () => limit.abort(new TimeLimit(`no answer within ${(ms / 1000).toFixed(1)} s`)),
    () => undefined, // `done`: the work ended first
  );
  try {
    return await Promise.race([work(signal), aborted]);
  } finally {
    done.abort();
  }
}
