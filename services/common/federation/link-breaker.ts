/** The part of a persisted circuit breaker that link checks need; `@dive/common/circuit` has it. */
export interface LinkBreaker {
  /** Runs `work`, or rejects at once while the circuit is open or its store cannot be asked. */
  execute<T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>;
  snapshot(): Promise<{ readonly state: "CLOSED" | "HALF_OPEN" | "OPEN" }>;
}

/** Name of the circuits of links; the instance beside it is the partner's code. */
export const LINK_CIRCUIT = "federation-link";

/** Whether an error says that an open circuit refused the call. */
export function isCircuitOpen(error: unknown): boolean {
  return error instanceof Error && (error as { code?: unknown }).code === "DIVE_ERR_CIRCUIT_OPEN";
}
