/** State of one part: it answers, it answers late or with old data, or it does not answer. */
export type PartStatus = "up" | "degraded" | "down";

/** State of the whole service: everything up, something not critical missing or slow, something critical missing. */
export type ServiceStatus = "healthy" | "degraded" | "unhealthy";

/** What one check of a part found. */
export interface PartReport {
  readonly status: PartStatus;
  /** How long the check took, in milliseconds. */
  readonly responseTimeMs: number;
  /** Why it is not up, in one line. */
  readonly error?: string;
  /** Age of a background check's result, in milliseconds; absent for a part checked just now. */
  readonly ageMs?: number;
}

/** A probe's finding when it is neither plain success nor an error: it answers, but not as it should. */
export interface Degradation {
  readonly degraded: string;
}

/**
 * Asks a part for a sign of life. Resolves when it is up, or to a {@link Degradation}; rejects when it is down.
 * The signal is aborted when time is up.
 */
export type Probe = (signal: AbortSignal) => Promise<void | Degradation>;

/** A part that a service depends on. */
export interface HealthPart {
  /** Key in the answer and label of the metrics ("opa"). */
  readonly name: string;
  /** Without it the service cannot serve: checked at request time, and down means unhealthy. */
  readonly critical: boolean;
  readonly probe: Probe;
  /** Longest check, in milliseconds. Default 2,500 for critical parts, 6,000 for others. */
  readonly timeoutMs?: number;
}

/** The body of `/health/detailed`, without breakers. */
export interface HealthReport {
  readonly status: ServiceStatus;
  readonly services: Readonly<Record<string, PartReport>>;
}
