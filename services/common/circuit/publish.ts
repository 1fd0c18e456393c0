import type { Registry } from "prom-client";
import { collectCircuitStates } from "../breaker/state-gauge.ts";
import { snapshotOf } from "./state-machine.ts";
import type { CircuitSnapshot, CircuitStore } from "./types.ts";

/** Every circuit of a name as it is now. Default: of all names. @throws {CircuitStoreUnavailableError} */
export async function readSnapshots(store: CircuitStore, name?: string): Promise<readonly CircuitSnapshot[]> {
  return (await store.list(name)).map((stored) => snapshotOf(stored));
}

/**
 * Publishes `dive_v3_circuit_breaker_state{circuit,instance}`: 0 closed, 1 half-open, 2 open; read at each scrape. A circuit that is not
 * there any more, and every one while they cannot be read, has no value.
 * @param read e.g. {@link readSnapshots}, with time limits that fit into a scrape
 * @param onError told why they could not be read
 */
export function publishCircuits(read: () => Promise<readonly CircuitSnapshot[]>, registry: Registry, onError: (error: unknown) => void): void {
  let told: readonly CircuitSnapshot[] = [];
  const labels = ({ key }: CircuitSnapshot) => ({ circuit: key.name, instance: key.instance });
  collectCircuitStates(registry, async (gauge, values) => {
    let now: readonly CircuitSnapshot[] = [];
    try {
      now = await read();
    } catch (error) {
      onError(error);
    }
    for (const gone of told) gauge.remove(labels(gone));
    for (const snapshot of now) gauge.set(labels(snapshot), values[snapshot.state]);
    told = now;
  });
}
