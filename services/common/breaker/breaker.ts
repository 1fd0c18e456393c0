import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen, isBrokenCircuitError, type CircuitBreakerPolicy } from "cockatiel";
import { DiveError } from "../runtime/dive-error.ts";

/** States as they stand in `/health/detailed`. */
export type BreakerState = "CLOSED" | "HALF_OPEN" | "OPEN";

/** How much failure opens a circuit, and for how long. */
export interface BreakerLimits {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** Milliseconds until an open circuit is tried again. */
  readonly coolDownMs: number;
}

/** The limits of each dependency; one breaker for each dependency and instance. */
export const BREAKER_LIMITS = {
  opa: { failures: 5, coolDownMs: 60_000 },
  keycloak: { failures: 3, coolDownMs: 30_000 },
  mongodb: { failures: 5, coolDownMs: 60_000 },
  kas: { failures: 3, coolDownMs: 30_000 },
} as const satisfies Readonly<Record<string, BreakerLimits>>;

/** Settings of {@link Breaker}. */
export interface BreakerOptions extends BreakerLimits {
  /** The dependency ("opa"): key in health, label in metrics, name in errors. */
  readonly name: string;
  /** Errors that are an answer: the dependency said no, so it is well. Never a failure. Default: none. */
  readonly isAnswer?: (error: unknown) => boolean;
  /** Asks the dependency for a sign of life after the cool-down, so that the circuit closes without waiting for traffic. */
  readonly probe?: (signal: AbortSignal) => Promise<unknown>;
  /** Longest probe, in milliseconds. Default 5,000. */
  readonly probeTimeoutMs?: number;
  /** Called with each new state. */
  readonly onChange?: (state: BreakerState) => void;
}

/** One circuit in `/health/detailed`. */
export interface BreakerReport {
  readonly state: BreakerState;
  /** Failures in a row so far. */
  readonly failures: number;
  /** Calls refused because the circuit was open, since the process started. */
  readonly rejected: number;
  /** When it came into this state, ISO 8601. */
  readonly since: string;
}

/** A call was refused without asking the dependency, which has failed too often: 503. */
export class BreakerOpenError extends DiveError {
  constructor(name: string, retryAfterS: number) {
    super(`${name} has failed repeatedly and is not asked at the moment. Try again later.`, {
      code: "DIVE_ERR_CIRCUIT_OPEN",
      statusCode: 503,
      headers: { "retry-after": String(retryAfterS) },
    });
  }
}

const STATES: Readonly<Record<number, BreakerState>> = { [CircuitState.Closed]: "CLOSED", [CircuitState.HalfOpen]: "HALF_OPEN" };

/** A caller that went away says nothing about the dependency. */
class CallerGone extends Error {}

/** A circuit breaker in this process, over cockatiel's. Time-outs belong inside the work, retries outside. */
export class Breaker {
  readonly name: string;
  readonly #options: BreakerOptions;
  readonly #counter: ConsecutiveBreaker;
  readonly #policy: CircuitBreakerPolicy;
  #rejected = 0;
  #since = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: BreakerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#counter = new ConsecutiveBreaker(options.failures);
    // While it is being tried again, a caller that left proved nothing: it must not close the circuit.
    const counts = handleWhen((error) => !(error instanceof CallerGone) || this.#policy.state === CircuitState.HalfOpen);
    this.#policy = circuitBreaker(counts, { halfOpenAfter: options.coolDownMs, breaker: this.#counter });
    this.#policy.onStateChange(() => {
      this.#since = Date.now();
      if (this.state === "OPEN") this.#probeLater();
      options.onChange?.(this.state);
    });
  }

  get state(): BreakerState {
    return STATES[this.#policy.state] ?? "OPEN";
  }

  /**
   * Runs `work` unless the circuit is open. What it throws comes through unchanged.
   * @param signal the caller's; work that fails after it was aborted is no failure
   * @throws {BreakerOpenError}
   */
  async execute<T>(work: (signal?: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const attempt = async (): Promise<{ readonly value: T } | { readonly answer: unknown }> => {
      try {
        return { value: await work(signal) };
      } catch (error) {
        if (this.#options.isAnswer?.(error) === true) return { answer: error };
        throw signal?.aborted === true ? new CallerGone("the caller has gone", { cause: error }) : error;
      }
    };
    const outcome = await this.#policy.execute(attempt).catch((error: unknown) => {
      if (error instanceof CallerGone) throw error.cause;
      if (!isBrokenCircuitError(error)) throw error;
      this.#rejected += 1;
      throw new BreakerOpenError(this.name, Math.max(1, Math.ceil(this.#remainingMs() / 1_000)));
    });
    if ("answer" in outcome) throw outcome.answer;
    return outcome.value;
  }

  /** For `/health/detailed`. */
  report(): BreakerReport {
    return { state: this.state, failures: this.#counter.state, rejected: this.#rejected, since: new Date(this.#since).toISOString() };
  }

  /** Ends the background probe. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #remainingMs(): number {
    return Math.max(0, this.#since + this.#options.coolDownMs - Date.now());
  }

  #probeLater(): void {
    if (this.#options.probe === undefined || this.#stopped) return;
    clearTimeout(this.#timer);
    // A timer may fire a millisecond early; the probe would then find the circuit still cooling down.
    this.#timer = setTimeout(() => void this.#probe(), this.#remainingMs() + 10).unref();
  }

  async #probe(): Promise<void> {
    const { probe, probeTimeoutMs = 5_000 } = this.#options;
    if (probe === undefined || this.state !== "OPEN") return;
    try {
      await this.#policy.execute(() => probe(AbortSignal.timeout(probeTimeoutMs)));
    } catch {
      // A failed probe opens the circuit again, which plans the next one; only one that came too early has to do it here.
      if (this.state === "OPEN") this.#probeLater();
    }
  }
}
