import type { Clock } from "../runtime/clock.ts";
import type { PartReport } from "./types.ts";

/** Settings of {@link BackgroundCheck}; times in milliseconds. */
export interface BackgroundCheckOptions {
  /** Pause after a check that found the part up. */
  readonly intervalMs: number;
  /** Pause after one that did not, shorter so that recovery shows soon. */
  readonly retryMs: number;
  /** A result older than this is not trusted any more: an `up` is then reported as degraded. */
  readonly staleMs: number;
  readonly clock: Clock;
}

/** Repeats a check and keeps the last result with its age, so that a request never waits for a part it can do without. */
export class BackgroundCheck {
  readonly #check: () => Promise<PartReport>;
  readonly #options: BackgroundCheckOptions;
  #last: { readonly report: PartReport; readonly at: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = true;

  constructor(check: () => Promise<PartReport>, options: BackgroundCheckOptions) {
    this.#check = check;
    this.#options = options;
  }

  /** Checks now and from then on. */
  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    void this.#round();
  }

  /** Ends the repetition; a check that is under way ends by itself. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** The last result with its age; `down` when there is none yet. */
  report(): PartReport {
    if (this.#last === undefined) return { status: "down", responseTimeMs: 0, error: "not checked yet" };
    const { report, at } = this.#last;
    const ageMs = this.#options.clock.now() - at;
    if (report.status === "up" && ageMs > this.#options.staleMs) {
      return { ...report, status: "degraded", error: `last checked ${ageMs} ms ago, more than ${this.#options.staleMs} ms`, ageMs };
    }
    return { ...report, ageMs };
  }

  async #round(): Promise<void> {
    const report = await this.#check();
    this.#last = { report, at: this.#options.clock.now() };
    if (this.#stopped) return;
    const pause = report.status === "up" ? this.#options.intervalMs : this.#options.retryMs;
    this.#timer = setTimeout(() => void this.#round(), pause).unref();
  }
}
