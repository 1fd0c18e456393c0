import { circuitName } from "../circuit/state-machine.ts";
import { DEFAULT_THRESHOLDS, type Circuit, type CircuitKey, type CircuitStore, type CircuitThresholds, type StoredCircuit } from "../circuit/types.ts";

/** Circuits in memory, for tests; what processes share is one object. */
export class MemoryCircuitStore implements CircuitStore {
  readonly #rows = new Map<string, StoredCircuit>();
  readonly #now: () => number;

  /** @param now its clock; default: the machine's */
  constructor(now: () => number = () => Date.now()) {
    this.#now = now;
  }

  async read(key: CircuitKey, thresholds: CircuitThresholds = DEFAULT_THRESHOLDS): Promise<StoredCircuit> {
    const found = this.#rows.get(circuitName(key));
    const row = found ?? { key, version: 0, now: 0, circuit: { thresholds, state: { kind: "closed", failures: 0 }, lastError: undefined, generation: 0, rejected: 0 } };
    if (found === undefined) this.#rows.set(circuitName(key), row);
    return { ...row, now: this.#now() };
  }

  async replace(key: CircuitKey, version: number, next: Circuit): Promise<boolean> {
    const row = this.#rows.get(circuitName(key));
    if (row?.version !== version) return false;
    this.#rows.set(circuitName(key), { ...row, version: version + 1, circuit: { ...next, rejected: row.circuit.rejected } });
    return true;
  }

  async countRejected(key: CircuitKey): Promise<void> {
    const row = this.#rows.get(circuitName(key))!;
    this.#rows.set(circuitName(key), { ...row, circuit: { ...row.circuit, rejected: row.circuit.rejected + 1 } });
  }

  async list(name?: string): Promise<readonly StoredCircuit[]> {
    return [...this.#rows.values()].filter(({ key }) => name === undefined || key.name === name).map((row) => ({ ...row, now: this.#now() }));
  }
}
