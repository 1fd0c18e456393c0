/** What a circuit breaker is, and what may happen to two processes that share one: for tests of it. */
import fc from "fast-check";

/** In the model's unit of time, short, so that it can count every one. */
export const COOL_DOWN = 60;
export const PROBE_LIMIT = 45;

/** How guarded work may fail. */
export const ERRORS = {
  unavailable: Object.assign(new Error("connect ECONNREFUSED"), { kind: "unavailable" }),
  denied: Object.assign(new Error("403"), { kind: "denied" }),
  bug: new TypeError("undefined is not a function"),
};
/** How guarded work ends. */
export type End = "success" | "aborted" | keyof typeof ERRORS;

/** What happens; `which` of the calls under way ends, modulo their number. */
export type Event =
  | { readonly kind: "begin"; readonly process: 0 | 1 }
  | { readonly kind: "end"; readonly which: number; readonly end: End }
  | { readonly kind: "crash"; readonly process: 0 | 1 }
  | { readonly kind: "pass"; readonly time: number }
  | { readonly kind: "reset"; readonly process: 0 | 1 };

const process = fc.constantFrom<0 | 1>(0, 1);
/** A history. */
export const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("begin" as const), process }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("end" as const), which: fc.nat(5), end: fc.oneof({ weight: 8, arbitrary: fc.constant<End>("unavailable") }, { weight: 2, arbitrary: fc.constantFrom<End>("success", "denied", "bug", "aborted") }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass" as const), time: fc.constantFrom(1, 15, 44, 45, 59, 60, 61, 61) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash" as const), process }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("reset" as const), process }) },
  ),
  { maxLength: 40, size: "max" },
);

/** What a circuit breaker is, told with countdowns: nothing in it is computed from a time of day. */
export class CircuitModel {
  readonly threshold: number;
  now = 0;
  phase: "closed" | "open" | "waiting" | "trying" = "closed";
  /** Until the phase ends by itself: open, then waiting; trying, then open. */
  left = 0;
  since = 0;
  failures = 0;
  rejected = 0;
  /** Changes with the phase by a call or by hand; results of earlier ones count no more. */
  era = 0;

  /** @param threshold failures in a row that open it */
  constructor(threshold: number) {
    this.threshold = threshold;
  }

  pass(time: number): void {
    for (; time > 0; time--) {
      this.now++;
      if ((this.phase === "open" || this.phase === "trying") && --this.left === 0) {
        if (this.phase === "open") this.phase = "waiting";
        else this.open(this.now);
      }
    }
  }

  begin(): { era: number; probe: boolean } | "refused" {
    if (this.phase === "open" || this.phase === "trying") return this.rejected++, "refused";
    const probe = this.phase === "waiting";
    if (probe) [this.phase, this.left, this.era] = ["trying", PROBE_LIMIT, this.era + 1];
    return { era: this.era, probe };
  }

  end(era: number, end: End): void {
    if (era !== this.era || this.phase === "open" || this.phase === "waiting") return;
    if (end === "success" || end === "denied") this.close();
    else if (end === "unavailable") {
      this.failures++;
      if (this.phase === "trying" || this.failures >= this.threshold) {
        this.open(this.now);
        this.era++;
      }
    } else if (this.phase === "trying") [this.phase, this.era] = ["waiting", this.era + 1];
  }

  close(): void {
    if (this.phase !== "closed") this.era++;
    this.phase = "closed";
    this.failures = 0;
  }

  open(at: number): void {
    [this.phase, this.since, this.left] = ["open", at, COOL_DOWN];
  }

  snapshot() {
    const state = { closed: "CLOSED", open: "OPEN", waiting: "HALF_OPEN", trying: "HALF_OPEN" }[this.phase];
    return {
      state, failures: this.failures, rejected: this.rejected,
      openedAt: this.phase === "closed" ? undefined : this.since,
      until: this.phase === "open" || this.phase === "trying" ? this.now + this.left : undefined,
    };
  }
}
