import { circuitName } from "./state-machine.ts";
import type { CircuitKey } from "./types.ts";

/** What a {@link CircuitOpenError} tells. */
export interface CircuitOpenDetail {
  /** When the circuit opened. */
  readonly since: Date;
  /** When another call may try, or when the call that tries now must be through. */
  readonly until: Date;
  /** The failure that opened it. */
  readonly lastError: string | undefined;
  /** Failures in a row. */
  readonly failures: number;
  /** The process that tries the half-open circuit right now; undefined: none does, it is open. */
  readonly probedBy?: string | undefined;
}

/** A call was refused without being made, because the circuit is open. */
export class CircuitOpenError extends Error {
  readonly code = "DIVE_ERR_CIRCUIT_OPEN";
  readonly key: CircuitKey;
  readonly since: Date;
  readonly until: Date;
  readonly lastError: string | undefined;

  constructor(key: CircuitKey, { since, until, lastError, failures, probedBy }: CircuitOpenDetail) {
    const next = probedBy === undefined ? `It is tried again at ${until.toISOString()}` : `${probedBy} tries it now, until ${until.toISOString()} at most`;
    const cause = lastError === undefined ? "" : `, the last: ${lastError}`;
    super(
      `Circuit ${circuitName(key)} is ${probedBy === undefined ? "open" : "half-open"} since ${since.toISOString()}, after ${failures} failure${failures === 1 ? "" : "s"} in a row${cause}. `
      + `${next}; to close it by hand: ./dive federation reset-circuit ${key.instance}`,
    );
    this.name = "CircuitOpenError";
    this.key = key;
    this.since = since;
    this.until = until;
    this.lastError = lastError;
  }
}

/** The store of a circuit could not be asked: a call that it guards is not made, or its result could not be kept. */
export class CircuitStoreUnavailableError extends Error {
  readonly code = "DIVE_ERR_CIRCUIT_STORE_UNAVAILABLE";
  readonly key: CircuitKey | undefined;

  /** @param what what could not be done, as a sentence without its full stop */
  constructor(key: CircuitKey | undefined, what: string, options?: ErrorOptions) {
    super(`${key === undefined ? "The circuits" : `Circuit ${circuitName(key)}`}: ${what}`, options);
    this.name = "CircuitStoreUnavailableError";
    this.key = key;
  }
}
