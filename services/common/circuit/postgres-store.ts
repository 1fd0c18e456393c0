import { randomUUID } from "node:crypto";
import { describeError } from "../federation/probe-error.ts";
import { CircuitStoreUnavailableError } from "./errors.ts";
import type { Circuit, CircuitKey, CircuitState, CircuitStore, CircuitThresholds, StoredCircuit } from "./types.ts";

/** What runs statements: a pool or a client of `pg`. */
export interface Queryable {
  query(text: string, values?: readonly unknown[]): Promise<{ rows: any[]; rowCount: number | null }>;
}

/** A row; `pg` gives bigint as text. */
interface Row {
  circuit: string;
  instance: string;
  failure_threshold: number;
  cool_down_ms: number;
  failures: number;
  opened_at: Date | null;
  probe_holder: string | null;
  probe_until: Date | null;
  last_error: string | null;
  rejected: string;
  generation: string;
  version: string;
  now: Date;
}

const SELECT = `SELECT circuit, instance, failure_threshold, cool_down_ms, failures, opened_at, probe_holder, probe_until, last_error, rejected, generation, version, clock_timestamp() AS now
  FROM orchestration.circuit_breaker_state`;

/**
 * Circuits in `orchestration.circuit_breaker_state`. Its time is the database's. Every statement may be sent twice by a pool that repeats
 * what lost its connection; only {@link countRejected} then counts twice.
 */
export class PostgresCircuitStore implements CircuitStore {
  readonly #db: Queryable;

  constructor(db: Queryable) {
    this.#db = db;
  }

  async read(key: CircuitKey, thresholds: CircuitThresholds): Promise<StoredCircuit> {
    const select = () => this.#run(key, `${SELECT} WHERE circuit = $1 AND instance = $2`, [key.name, key.instance]);
    let [row] = await select();
    if (row === undefined) {
      await this.#run(
        key,
        "INSERT INTO orchestration.circuit_breaker_state (circuit, instance, failure_threshold, cool_down_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (circuit, instance) DO NOTHING",
        [key.name, key.instance, thresholds.failures, thresholds.coolDownMs],
      );
      [row] = await select();
    }
    if (row === undefined) throw new CircuitStoreUnavailableError(key, "its row was removed while it was made");
    return fromRow(row);
  }

  async replace(key: CircuitKey, version: number, next: Circuit): Promise<boolean> {
    const { state, lastError, generation } = next;
    const openedAt = state.kind === "closed" ? null : new Date(state.openedAt);
    const [holder, until] = state.kind === "probing" ? [state.holder, new Date(state.until)] : [null, null];
    // The second alternative is this very statement, sent again after its answer was lost.
    const rows = await this.#run(
      key,
      `UPDATE orchestration.circuit_breaker_state
       SET failures = $5, opened_at = $6, probe_holder = $7, probe_until = $8, last_error = $9, generation = $10, version = $3 + 1, written_by = $4, updated_at = clock_timestamp()
       WHERE circuit = $1 AND instance = $2 AND (version = $3 OR (version = $3 + 1 AND written_by = $4))
       RETURNING version`,
      [key.name, key.instance, version, randomUUID(), state.failures, openedAt, holder, until, lastError ?? null, generation],
    );
    return rows.length === 1;
  }

  async countRejected(key: CircuitKey): Promise<void> {
    await this.#run(key, "UPDATE orchestration.circuit_breaker_state SET rejected = rejected + 1 WHERE circuit = $1 AND instance = $2", [key.name, key.instance]);
  }

  async list(name?: string): Promise<readonly StoredCircuit[]> {
    const rows = await this.#run(undefined, `${SELECT} WHERE $1::text IS NULL OR circuit = $1 ORDER BY circuit, instance`, [name ?? null]);
    return rows.map(fromRow);
  }

  async #run(key: CircuitKey | undefined, text: string, values: readonly unknown[]): Promise<Row[]> {
    try {
      return (await this.#db.query(text, values)).rows;
    } catch (error) {
      throw new CircuitStoreUnavailableError(key, `orchestration.circuit_breaker_state cannot be asked, so no call that it guards is made: ${describeError(error)}`, { cause: error });
    }
  }
}

function fromRow(row: Row): StoredCircuit {
  return {
    key: { name: row.circuit, instance: row.instance },
    version: Number(row.version),
    now: row.now.getTime(),
    circuit: {
      thresholds: { failures: row.failure_threshold, coolDownMs: row.cool_down_ms },
      state: stateOf(row),
      lastError: row.last_error ?? undefined,
      generation: Number(row.generation),
      rejected: Number(row.rejected),
    },
  };
}

function stateOf({ failures, opened_at: openedAt, probe_holder: holder, probe_until: until }: Row): CircuitState {
  if (openedAt === null) return { kind: "closed", failures };
  if (holder === null || until === null) return { kind: "open", failures, openedAt: openedAt.getTime() };
  return { kind: "probing", failures, openedAt: openedAt.getTime(), holder, until: until.getTime() };
}
