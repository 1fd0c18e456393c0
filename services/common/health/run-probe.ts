import type { Clock } from "../runtime/clock.ts";
import { describeError } from "../runtime/describe-error.ts";
import type { Degradation, PartReport, Probe } from "./types.ts";

/** An answer later than this, in milliseconds, makes a part degraded. */
export const SLOW_MS = 2_000;

/** Runs one probe with a time-out and turns what happens into a report; never rejects. */
export async function runProbe(probe: Probe, timeoutMs: number, clock: Clock): Promise<PartReport> {
  const started = clock.now();
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    // The race, not only the signal: a probe that ignores its signal must not hold the report up.
    const found = await Promise.race([probe(abort.signal), timeUp]);
    return judge(found, clock.now() - started);
  } catch (error) {
    return { status: "down", responseTimeMs: clock.now() - started, error: describeError(error) };
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

function judge(found: void | Degradation, responseTimeMs: number): PartReport {
  if (found !== undefined) return { status: "degraded", responseTimeMs, error: found.degraded };
  if (responseTimeMs > SLOW_MS) return { status: "degraded", responseTimeMs, error: `answered after ${responseTimeMs} ms, more than ${SLOW_MS} ms` };
  return { status: "up", responseTimeMs };
}
