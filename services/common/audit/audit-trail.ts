import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { BREAKER_LIMITS, Breaker } from "../breaker/index.ts";
import { systemClock, type Clock } from "../runtime/clock.ts";
import { DiveError } from "../runtime/dive-error.ts";
import { gathered } from "./gathered.ts";

/** What an audit trail adds to each record. */
export interface AuditStamp {
  /** The record's own id, made once, so that a repeated write cannot make a second record. */
  readonly _id: string;
  readonly time: Date;
}

/** The part of a MongoDB collection that is used. */
export interface AuditCollection<T> {
  insertMany(documents: (T & AuditStamp)[], options: { readonly ordered: boolean }): Promise<unknown>;
}

/** A record could not be written, so what it is about must not happen: 503. */
export class AuditUnavailableError extends DiveError {
  constructor(cause: unknown) {
    super("The audit record cannot be written at the moment, so nothing is released. Try again later.", {
      code: "DIVE_ERR_AUDIT_UNAVAILABLE",
      statusCode: 503,
      headers: { "retry-after": "5" },
      cause,
    });
  }
}

/** Settings of {@link createAuditTrail}; times in milliseconds. */
export interface AuditTrailOptions<T> {
  /** Asked for at each write. */
  readonly collection: () => AuditCollection<T>;
  /** Default: a breaker of its own for `mongodb`, 5 failures and 60 s. Give one with a probe, so that it closes by itself. */
  readonly breaker?: Breaker;
  /** Attempts for one write that fails by its connection. Default 3. */
  readonly attempts?: number;
  /** Wait before the second attempt; doubles. Default 50. */
  readonly firstDelayMs?: number;
  readonly clock?: Clock;
}

/** Records of what was decided, for whoever asks later. */
export interface AuditTrail<T> {
  /**
   * Resolves when all records are acknowledged by the database; give the answer only then.
   * @throws {AuditUnavailableError}
   */
  record(...facts: readonly T[]): Promise<void>;
  /** For health and metrics. */
  readonly breaker: Breaker;
}

/** MongoDB's "duplicate key": the record is there, from an attempt whose acknowledgement was lost. */
const DUPLICATE_KEY = 11_000;

/** A trail in a MongoDB collection. Records of requests that come at the same time are written together. */
export function createAuditTrail<T extends object>(options: AuditTrailOptions<T>): AuditTrail<T> {
  const { collection, attempts = 3, firstDelayMs = 50, clock = systemClock } = options;
  const breaker = options.breaker ?? new Breaker({ name: "mongodb", ...BREAKER_LIMITS.mongodb });

  // A write that goes past some records has reached the database, so it is no failure of the breaker unless nothing was written.
  const insert = (documents: (T & AuditStamp)[]): Promise<readonly (Error | undefined)[]> =>
    breaker.execute(async () => {
      try {
        // Unordered: one that is there already does not keep the others out.
        await collection().insertMany(documents, { ordered: false });
        return [];
      } catch (error) {
        const failures = failuresOf(error, documents.length);
        if (failures === undefined || failures.every((failure) => failure !== undefined)) throw error;
        return failures;
      }
    });

  const write = gathered(async (documents: readonly (T & AuditStamp)[]) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await insert([...documents]);
      } catch (error) {
        if (attempt >= attempts || !isConnectionLoss(error)) throw error;
        await delay(firstDelayMs * 2 ** (attempt - 1));
      }
    }
  });

  return {
    breaker,
    async record(...facts) {
      if (facts.length === 0) return;
      await write(facts.map((fact) => ({ ...fact, _id: randomUUID(), time: new Date(clock.now()) }))).catch((error: unknown) => {
        throw new AuditUnavailableError(error);
      });
    },
  };
}

interface WriteError {
  readonly code?: unknown;
  readonly index?: unknown;
}

/** What the driver tells of an insertion of which something failed. */
interface InsertionError extends WriteError {
  readonly writeErrors?: readonly WriteError[];
  /** The driver's sum; its write concern error says that too few members have acknowledged. */
  readonly result?: { getWriteConcernError?(): object | null | undefined };
}

/**
 * The failure of each document of an insertion, as far as the database tells them apart. A duplicate is written.
 * @returns undefined when it does not, or has not acknowledged the others either: then none counts as written
 */
function failuresOf(error: unknown, count: number): (Error | undefined)[] | undefined {
  const { writeErrors, result } = error as InsertionError;
  if (writeErrors === undefined) return (error as InsertionError).code === DUPLICATE_KEY && count === 1 ? [undefined] : undefined;
  if (writeErrors.length === 0 || result?.getWriteConcernError?.()) return undefined;
  const failed = writeErrors.filter(({ code }) => code !== DUPLICATE_KEY).map(({ index }) => index);
  if (!failed.every((index) => typeof index === "number" && index >= 0 && index < count)) return undefined;
  return Array.from({ length: count }, (_, index) => (failed.includes(index) ? (error as Error) : undefined));
}

/** The driver's names for a connection that broke or could not be made; the server may or may not have written. */
function isConnectionLoss(error: unknown): boolean {
  return error instanceof Error && /^Mongo(Network|ServerSelection|PoolCleared|NotConnected|Topology)/.test(error.name);
}
