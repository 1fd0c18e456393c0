import { setTimeout as delay } from "node:timers/promises";
import type { Connection } from "../../scripts/deployment-record/database.ts";

/** One change of a circuit, as its database tells it. */
export interface CircuitChange {
  readonly state: "CLOSED" | "OPEN" | "HALF_OPEN";
  /** Failures in a row. */
  readonly failures: number;
  /** When it opened, milliseconds since 1970 by the database's clock; undefined while it is closed. */
  readonly openedAt: number | undefined;
  /** When it was first seen like this, by the same clock. */
  readonly seenAt: number;
}

const EVERY_MS = 100;

/** Follows the circuit `federation-link/<partner>` in one instance's database: a half-open moment may be shorter than any command takes. */
export class CircuitWatch implements AsyncDisposable {
  readonly changes: CircuitChange[] = [];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(db: Connection, partner: string) {
    this.#running = this.#watch(db, partner);
    this.#running.catch(() => undefined); // told at the end
  }

  /** The last change to that state, if there was one. */
  last(state: CircuitChange["state"]): CircuitChange | undefined {
    return this.changes.findLast((change) => change.state === state);
  }

  /** @throws what the database refused with */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #watch(db: Connection, partner: string): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const { rows } = await db.query(
        `SELECT state, failures, (extract(epoch FROM open_since) * 1000)::float AS "openedAt", (extract(epoch FROM clock_timestamp()) * 1000)::float AS "seenAt"
         FROM orchestration.circuit_breakers WHERE circuit = 'federation-link' AND instance = $1`,
        [partner],
      );
      const { state, failures, openedAt, seenAt } = rows[0] as CircuitChange;
      const before = this.changes.at(-1);
      if (before?.state !== state || before.failures !== failures) this.changes.push({ state, failures, openedAt: openedAt ?? undefined, seenAt });
      await delay(EVERY_MS);
    }
  }
}
