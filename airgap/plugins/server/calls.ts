import { PartialCreateError } from "./resource-type.ts";

/**
 * The calls that are running, so that the engine's Cancel (and the end of a time limit) can abort them.
 */
export class Calls {
  readonly #running = new Set<AbortController>();

  /**
   * Runs one call with a signal that is aborted on {@link abortAll} or after the time limit.
   *
   * @param timeoutSeconds 0 for no limit.
   */
  async run<T>(timeoutSeconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#running.add(controller);
    const expire = (): void => controller.abort(new Error(`the time limit of ${timeoutSeconds} s is over (customTimeouts sets it)`));
    const timer = timeoutSeconds > 0 ? setTimeout(expire, timeoutSeconds * 1000) : undefined;
    try {
      // Not raced against the signal: a create that is given up while it goes on would leave an object that no state knows.
      return await work(controller.signal);
    } catch (error) {
      throw controller.signal.aborted ? afterAbort(error, (controller.signal.reason as Error).message) : error;
    } finally {
      clearTimeout(timer);
      this.#running.delete(controller);
    }
  }

  /** Aborts every running call. */
  abortAll(): void {
    for (const controller of this.#running) controller.abort(new Error("the operation was cancelled"));
  }
}

/** Says first why a call was cut off: what the cut looked like to the service's client is a consequence. */
function afterAbort(error: unknown, reason: string): Error {
  return error instanceof PartialCreateError ? new PartialCreateError(reason, error.id, error.state, error) : new Error(reason, { cause: error });
}
