export { PersistentCircuitBreaker, PROBE_LIMIT_MS, type PersistentCircuitBreakerOptions } from "./breaker.ts";
export { CircuitOpenError, CircuitStoreUnavailableError, type CircuitOpenDetail } from "./errors.ts";
export { isUnavailability } from "./outcome.ts";
export { PostgresCircuitStore, type Queryable } from "./postgres-store.ts";
export { publishCircuits, readSnapshots } from "./publish.ts";
export { circuitName, snapshotOf } from "./state-machine.ts";
export { DEFAULT_THRESHOLDS, type Circuit, type CircuitKey, type CircuitSnapshot, type CircuitState, type CircuitStore, type CircuitThresholds, type StoredCircuit } from "./types.ts";
