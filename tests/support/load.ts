import { setTimeout as delay } from "node:timers/promises";

/** A load that runs in the background. */
export interface Load<T> {
  /** What the calls gave so far, in the order in which they ended. */
  readonly results: readonly T[];
  /** Ends it when the calls under way have ended. @throws what a call threw first */
  stop(): Promise<void>;
}

/** How much load {@link startLoad} makes. */
export interface LoadShape {
  /** Calls at a time. */
  readonly sideBySide: number;
  /** Pause of each caller between two calls, ms: its rate, which does not depend on how things go. */
  readonly pauseMs: number;
}

/** Repeats a call until the load is stopped. A refusal that the test expects is a result; a call that throws ends its caller. */
export function startLoad<T>({ sideBySide, pauseMs }: LoadShape, call: () => Promise<T>): Load<T> {
  const results: T[] = [];
  let stopped = false;
  const caller = async () => {
    while (!stopped) {
      results.push(await call());
      await delay(pauseMs);
    }
  };
  const callers = Promise.all(Array.from({ length: sideBySide }, caller));
  callers.catch(() => undefined); // `stop` throws it; until then nobody is listening
  return {
    results,
    async stop() {
      stopped = true;
      await callers;
    },
  };
}
