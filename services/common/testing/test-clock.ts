import type { Clock } from "../federation/backoff.ts";

/** A clock whose sleeps end at once and move its time on; `slept` lists the pauses of at most `longestPauseMs`. */
export class TestClock implements Clock {
  readonly slept: number[] = [];
  readonly #longestPauseMs: number;
  #now = 0;

  /** @param longestPauseMs longer sleeps are time limits: they never end by themselves */
  constructor(longestPauseMs = 60_000) {
    this.#longestPauseMs = longestPauseMs;
  }

  now(): number {
    return this.#now;
  }

  /** Moves the time on, as work that takes time does. */
  pass(ms: number): void {
    this.#now += ms;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (ms > this.#longestPauseMs) {
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));
    }
    this.slept.push(ms);
    this.#now += ms;
  }
}
