import { setTimeout as delay } from "node:timers/promises";
import { describeError, type Logger } from "@dive/common";
import type { ResourceStore } from "./resource-store.ts";

/** Settings of {@link OrphanClearing}; times in milliseconds. */
export interface OrphanClearingOptions {
  readonly store: Pick<ResourceStore, "removeOrphans">;
  readonly logger: Logger;
  /** How long an upload may take before it counts as dead. Default one hour: a request may take five minutes. */
  readonly olderThanMs?: number;
  /** Default one hour. */
  readonly everyMs?: number;
}

/** Clears what uploads have left whose process died on the way: at start, and from time to time. */
export class OrphanClearing {
  readonly #options: OrphanClearingOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: OrphanClearingOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { everyMs = 3_600_000 } = this.#options;
    while (!this.#stop.signal.aborted) {
      await this.#clear();
      await delay(everyMs, undefined, { signal: this.#stop.signal, ref: false }).catch((error: unknown) => {
        if (!this.#stop.signal.aborted) throw error;
      });
    }
  }

  async #clear(): Promise<void> {
    const { store, logger, olderThanMs = 3_600_000 } = this.#options;
    try {
      const removed = await store.removeOrphans(Date.now() - olderThanMs);
      if (removed > 0) logger.info({ event: "orphans_removed", uploads: removed }, "what unfinished uploads had left was removed");
    } catch (error) {
      logger.warn({ event: "orphans_not_removed", error: describeError(error) }, "what unfinished uploads have left could not be looked for");
    }
  }
}
