/**
 * Why a probe did not succeed:
 * `unavailable`: nobody answers properly (refused, timed out, name unknown, 5xx, 429): an outage, what a circuit breaker counts;
 * `denied`: the service answered and said no (4xx, wrong password, untrusted certificate);
 * `not-yet`: the service answered, but not (yet) with what is expected, as while a change spreads.
 */
export type ProbeFailure = "unavailable" | "denied" | "not-yet";

/** A probe's negative result; the message tells what was asked, where, and what was seen, and never holds a secret. */
export class ProbeError extends Error {
  readonly kind: ProbeFailure;
  constructor(kind: ProbeFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "ProbeError";
    this.kind = kind;
  }
}

/** The text of anything thrown; for errors that only wrap others (`fetch failed`, several addresses refused) that of the causes. */
export function describeError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(describeError))].join("; ");
  }
  if (!(error instanceof Error)) return String(error);
  if (error.message === "fetch failed" && error.cause !== undefined) return describeError(error.cause);
  return error.message || error.name;
}

/** The worst of several failures: an outage hides everything else, and a denial hides what is merely not there yet. */
export function worstFailure(errors: readonly unknown[]): ProbeFailure {
  const kinds = errors.map((error) => (error instanceof ProbeError ? error.kind : "unavailable"));
  if (kinds.includes("unavailable")) return "unavailable";
  return kinds.includes("denied") ? "denied" : "not-yet";
}
