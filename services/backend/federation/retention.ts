import { describeError, type Logger } from "@dive/common";
import type { Queryable } from "@dive/common/circuit";

/** Pauses in milliseconds: before the first run, when a fresh stack's tables are there; between two; and after one that failed. */
const FIRST_MS = 10 * 60_000;
const EVERY_MS = 24 * 3_600_000;
const AGAIN_MS = 3_600_000;

/** Removes once a day what the orchestration database has kept long enough, by its own function `apply_retention()`. */
export class Retention {
  readonly #db: Queryable;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(db: Queryable, logger: Logger) {
    this.#db = db;
    this.#logger = logger;
  }

  start(): void {
    this.#later(FIRST_MS);
  }

  /** Resolves when a run that has begun is through. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #later(ms: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => (this.#running = this.#run()), ms).unref();
  }

  async #run(): Promise<void> {
    try {
      const { rows } = await this.#db.query("SELECT table_name, removed::int FROM orchestration.apply_retention()");
      this.#logger.info({ component: "postgres", event: "retention", removed: Object.fromEntries(rows.map((row) => [row.table_name, row.removed])) }, "old records removed");
      this.#later(EVERY_MS);
    } catch (error) {
      this.#logger.warn({ component: "postgres", event: "retention_failed", error: describeError(error) }, "old records could not be removed");
      this.#later(AGAIN_MS);
    }
  }
}
