/** Which circuit: a kind of connection, and the instance at its other end. */
export interface CircuitKey {
  /** Lower case words joined by hyphens, e.g. `federation-link`. */
  readonly name: string;
  /** The partner's code, e.g. `FRA`. */
  readonly instance: string;
}

/** How much failure opens a circuit, and for how long. */
export interface CircuitThresholds {
  /** Failures in a row that open it, 1-1000. */
  readonly failures: number;
  /** Milliseconds from its opening until one call may try again, 1-86,400,000. */
  readonly coolDownMs: number;
}

/** What a circuit gets that nobody declared. */
export const DEFAULT_THRESHOLDS: CircuitThresholds = { failures: 5, coolDownMs: 60_000 };

/** A circuit as it is at one moment. */
export interface CircuitSnapshot {
  readonly key: CircuitKey;
  readonly state: "CLOSED" | "HALF_OPEN" | "OPEN";
  /** Failures in a row so far. */
  readonly failures: number;
  /** When it opened last; undefined: it is closed. */
  readonly openedAt?: Date;
  /** OPEN: when it becomes half-open. HALF_OPEN: when the call that tries it now must be through; undefined: none tries. */
  readonly until?: Date;
  /** The last failure since it was last closed by a success. */
  readonly lastError?: string;
  /** Calls refused since the circuit was declared. */
  readonly rejected: number;
}

/** The part of a circuit that changes; times are milliseconds since 1970 of the store's clock. */
export type CircuitState =
  | { readonly kind: "closed"; readonly failures: number }
  | { readonly kind: "open"; readonly failures: number; readonly openedAt: number }
  /** One call tries it. When `until` has passed without a result, the caller is taken for dead and the circuit for open since then. */
  | { readonly kind: "probing"; readonly failures: number; readonly openedAt: number; readonly holder: string; readonly until: number };

/** A circuit as stored. */
export interface Circuit {
  readonly thresholds: CircuitThresholds;
  readonly state: CircuitState;
  /** Undefined: there was no failure since it was last closed. */
  readonly lastError: string | undefined;
  /** Grows with each change of `state.kind`, so that a result from before the change is known as late. */
  readonly generation: number;
  readonly rejected: number;
}

/** A circuit with what is needed to change it. */
export interface StoredCircuit {
  readonly key: CircuitKey;
  readonly circuit: Circuit;
  /** Changes with each {@link CircuitStore.replace}. */
  readonly version: number;
  /** The store's time of this reading, milliseconds since 1970. */
  readonly now: number;
}

/**
 * Where circuits are kept, for all processes that share them. Every method rejects with {@link CircuitStoreUnavailableError} when the store
 * cannot be asked.
 */
export interface CircuitStore {
  /** The circuit; made, closed and with these thresholds, when it is not there. Those of one that is there stay. */
  read(key: CircuitKey, thresholds: CircuitThresholds): Promise<StoredCircuit>;
  /** Compare-and-set: writes state, last error and generation if the version is still this one. @returns whether it was */
  replace(key: CircuitKey, version: number, next: Circuit): Promise<boolean>;
  /** Counts a refused call; no compare-and-set, because additions commute. */
  countRejected(key: CircuitKey): Promise<void>;
  /** Every circuit of a name. Default: of all names. */
  list(name?: string): Promise<readonly StoredCircuit[]>;
}
