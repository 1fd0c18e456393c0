import { retry, type Clock, type FailedAttempt } from "./backoff.ts";
import { explainFailure, nextCommands } from "./explain.ts";
import { HttpClient, type Routes } from "./http.ts";
import type { AdminClient } from "./keycloak-admin.ts";
import { isCircuitOpen, type LinkBreaker } from "./link-breaker.ts";
import type { OidcSide } from "./oidc-side.ts";
import { combined, named } from "./probe-half.ts";
import { describeError, type ProbeFailure, ProbeError, worstFailure } from "./probe-error.ts";
import { DEADLINE_MS, EXPLAIN_MS } from "./schedules.ts";
import type { ProbeUser, SignedIn } from "./sign-in.ts";

/** One side's part of a link: what it checks, and by which means. */
export interface LinkHalf {
  /** The side whose broker it is, and whose caches are cleared. */
  readonly own: OidcSide;
  readonly partner: OidcSide;
  /** Admin client of the own realm master, for clearing caches and explaining failures. Default: neither is done. */
  readonly admin?: AdminClient;
  /** The own persisted breaker for this partner. Default: none guards. */
  readonly breaker?: LinkBreaker;
  /** Remembers the partner's keys between checks. Default: the keys cache is always cleared. */
  readonly keys?: KeyMemory;
  /** The own realm's probe user; needed by a verification. */
  readonly probeUser?: ProbeUser;
  /** Told of each verified direction. */
  readonly onVerified?: (signedIn: SignedIn) => Promise<void>;
}

/** What was known of a partner's keys when its link was last checked. */
export interface KeyMemory {
  /** Ids of the keys; undefined: never seen. */
  known(): Promise<readonly string[] | undefined>;
  remember(keyIds: readonly string[]): Promise<void>;
}

/** How a check goes about it. */
export interface CheckOptions {
  readonly delaysMs: Iterable<number>;
  /** Authorities trusted, PEM. */
  readonly caCertificates: readonly string[];
  readonly routes?: Routes;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly onAttempt?: (failed: FailedAttempt) => void;
}

/** What one half does in one round; see `rounds.ts`. */
export type HalfWork = (http: HttpClient, half: LinkHalf, signal: AbortSignal) => Promise<void>;

/** A round failed. */
class RoundError extends ProbeError {
  /** Another round would be refused, or hit what the breaker protects. */
  readonly circuitOpen: boolean;
  constructor(kind: ProbeFailure, message: string, circuitOpen: boolean, cause: unknown) {
    super(kind, message, cause);
    this.circuitOpen = circuitOpen;
  }
}

/**
 * Resolves when each half's work has succeeded once. All halves are worked on side by side, each behind its breaker, and those that failed
 * again after each pause. A check with all its retries is at most one failure of a breaker, so that a Keycloak that restarts in the middle
 * does not open it, and there is no further retry once one is open. Otherwise the error lists what was last seen, what the admin interface says about the broker (which explains a failure and never makes a success of
 * it), and the command to run next.
 */
export async function checkLink(what: string, halves: readonly LinkHalf[], work: HalfWork, options: CheckOptions): Promise<void> {
  await using http = new HttpClient(options.caCertificates, undefined, options.routes);
  const pending = new Set(halves);
  const asked = new Set<LinkHalf>();
  const counted = new Set<LinkHalf>();
  const { delaysMs, clock, signal: outer, onAttempt } = options;
  try {
    await retry((signal) => round(pending, counted, signal, (half, inner) => (asked.add(half), work(http, half, inner))), {
      delaysMs,
      deadlineMs: DEADLINE_MS - EXPLAIN_MS,
      retryable: (error) => !(error instanceof RoundError && error.circuitOpen),
      ...(clock ? { clock } : {}),
      ...(outer ? { signal: outer } : {}),
      ...(onAttempt ? { onAttempt } : {}),
    });
  } catch (error) {
    outer?.throwIfAborted();
    // Who was refused by an open circuit was not asked, and is not asked now either.
    const told = await explainFailure(http, [...pending].filter((half) => asked.has(half)), AbortSignal.timeout(EXPLAIN_MS));
    const lines = [`${what}: ${describeError(error)}`, ...(told ? [`The admin interface says: ${told}`] : []), `Next: ${nextCommands([...pending], isOpen(error))}`];
    throw new Error(lines.join("\n"), { cause: error });
  }
}

async function round(pending: Set<LinkHalf>, counted: Set<LinkHalf>, signal: AbortSignal, work: (half: LinkHalf, signal: AbortSignal) => Promise<void>): Promise<void> {
  const errors: unknown[] = [];
  let circuitOpen = false;
  await Promise.all([...pending].map(async (half) => {
    try {
      await guarded(half.breaker, counted.has(half), (inner) => work(half, inner), signal);
      pending.delete(half);
    } catch (error) {
      errors.push(error);
      if (worstFailure([error]) === "unavailable") counted.add(half);
      circuitOpen ||= isCircuitOpen(error) || (!signal.aborted && (await isNowOpen(half.breaker, errors)));
    }
  }));
  signal.throwIfAborted();
  if (errors.length === 0) return;
  const { kind, message } = combined(errors);
  throw new RoundError(kind, message, circuitOpen, errors[0]);
}

/**
 * Behind the breaker. Once this check has counted a failure, more of them would be the same outage counted again: while the circuit is
 * closed the work is then done without counting, and only a success is told.
 */
async function guarded(breaker: LinkBreaker | undefined, counted: boolean, work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void> {
  if (!breaker) return work(signal);
  if (!counted || (await breaker.snapshot()).state !== "CLOSED") return breaker.execute((inner) => work(AbortSignal.any([signal, inner])), signal);
  await work(signal);
  await breaker.execute(async () => undefined, signal);
}

/** A failure may just have opened the circuit: then the pauses that are left would be waited for nothing. */
async function isNowOpen(breaker: LinkBreaker | undefined, errors: unknown[]): Promise<boolean> {
  if (!breaker) return false;
  try {
    return (await breaker.snapshot()).state === "OPEN";
  } catch (error) {
    errors.push(named("state of the circuit", error));
    return false;
  }
}

function isOpen(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof RoundError && at.circuitOpen) return true;
  return false;
}
