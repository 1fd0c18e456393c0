import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../telemetry/logging.ts";
import { describeError } from "./describe-error.ts";

/** How {@link keepTrying} spaces its attempts; times in milliseconds. */
export interface RetryPlan {
  /** What is being attempted, as the log names it ("mongodb"). */
  readonly name: string;
  /** Attempts that make one round. Default 5. */
  readonly attempts?: number;
  /** Wait before the second attempt of a round; doubles each time. Default 500. */
  readonly firstDelayMs?: number;
  /** Wait between two rounds. Default 15,000. */
  readonly roundDelayMs?: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Runs `attempt` until it succeeds or `signal` is aborted. A dependency that is down at start must not stop the
 * service: it shows in health, and each round that failed is logged once as `reconnect_failed`.
 * Never rejects for a failed attempt; resolves to whether it succeeded.
 */
export async function keepTrying(attempt: () => Promise<void>, plan: RetryPlan): Promise<boolean> {
  const { name, attempts = 5, firstDelayMs = 500, roundDelayMs = 15_000, signal, logger } = plan;
  while (!signal.aborted) {
    let last: unknown;
    for (let n = 0; n < attempts && !signal.aborted; n++) {
      try {
        await attempt();
        return true;
      } catch (error) {
        last = error;
        const more = n + 1 < attempts;
        if (more && !(await waited(firstDelayMs * 2 ** n, signal))) return false;
      }
    }
    logger.warn({ component: name, event: "reconnect_failed", attempts, error: describeError(last) }, "could not connect");
    if (!(await waited(roundDelayMs, signal))) return false;
  }
  return false;
}

/** Waits; false when the signal ended the wait early. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal, ref: false });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
