import pg from "pg";
import { retry, RetryError, type Clock } from "../federation/backoff.ts";
import { describeError, type Logger, type ServiceMetrics } from "../index.ts";
import { serverName } from "../tls/server-name.ts";
import { isConnectionLoss } from "./connection-loss.ts";

/** Pauses before a call that lost its connection is made again, milliseconds: five times. */
const RETRY_DELAYS_MS = [100, 200, 400, 800, 1600] as const;
/** Longest wait for a connection, and longest statement, milliseconds. */
const LIMIT_MS = 5_000;
/** Hard end of one call with all its repetitions, milliseconds. */
const DEADLINE_MS = 45_000;

/** Where a database is, and as whom to sign in. */
export interface DatabaseAccess {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  /** Secret. */
  readonly password: string;
}

/** Settings of {@link createPostgresPool}. */
export interface PostgresPoolOptions extends DatabaseAccess {
  /** Trusted authorities, PEM; the server's certificate must name the host. */
  readonly ca: readonly string[];
  /** Name of the client in the server's log. */
  readonly applicationName: string;
  /** Most connections. Default 5. */
  readonly max?: number;
  readonly logger?: Logger;
  readonly metrics?: ServiceMetrics;
  readonly clock?: Clock;
}

/** A pool whose calls survive a restart of the server. */
export interface PostgresPool {
  /**
   * One statement. A call that lost its connection is made again after 100, 200, 400, 800 and 1600 ms, so it may take effect twice: what is
   * not safe to repeat must say so in its conditions (compare-and-set, upsert).
   */
  query(text: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
  /** One statement, tried once: for what must answer soon. */
  readonly once: Pick<PostgresPool, "query">;
  close(): Promise<void>;
}

/** Makes the pool over TLS with a checked certificate; nothing is opened before the first call. */
export function createPostgresPool(options: PostgresPoolOptions): PostgresPool {
  const { host, port, database, username, password, ca, applicationName, max = 5, logger, metrics, clock } = options;
  const pool = new pg.Pool({
    host,
    port,
    database,
    user: username,
    password,
    ssl: { ca: [...ca], ...serverName(host) },
    application_name: applicationName,
    max,
    connectionTimeoutMillis: LIMIT_MS,
    statement_timeout: LIMIT_MS,
    // The server ends a statement by itself; this is for one that no longer answers at all.
    query_timeout: LIMIT_MS + 1_000,
    allowExitOnIdle: true,
  });
  let connected: boolean | undefined;
  const changed = (now: boolean, error?: unknown) => {
    if (connected === now) return;
    connected = now;
    if (now) logger?.info({ component: "postgres", event: "connected" }, "connected");
    else logger?.warn({ component: "postgres", event: "disconnected", error: describeError(error) }, "not connected");
  };
  const publish = () => {
    metrics?.dbConnectionsActive.set({ type: "postgres" }, pool.totalCount - pool.idleCount);
    metrics?.dbConnectionsIdle.set({ type: "postgres" }, pool.idleCount);
  };
  metrics?.dbConnectionsMax.set({ type: "postgres" }, max);
  // The pool says "release" before it counts the connection as idle.
  for (const event of ["connect", "acquire", "release", "remove"] as const) pool.on(event as "connect", () => queueMicrotask(publish));
  publish();
  // An idle connection that the server cut: without a listener it would end the process. The next call makes a new one.
  pool.on("error", (error) => changed(false, error));

  const once = async (text: string, values: readonly unknown[] = []): Promise<pg.QueryResult> => {
    try {
      const result = await pool.query(text, [...values]);
      changed(true);
      return result;
    } catch (error) {
      if (isConnectionLoss(error)) changed(false, error);
      throw error;
    }
  };
  return {
    async query(text, values) {
      try {
        return await retry(() => once(text, values), { delaysMs: RETRY_DELAYS_MS, deadlineMs: DEADLINE_MS, retryable: isConnectionLoss, ...(clock ? { clock } : {}) });
      } catch (error) {
        const cause = error instanceof RetryError ? error.cause : error;
        if (isConnectionLoss(cause)) logger?.warn({ component: "postgres", event: "reconnect_failed", attempts: RETRY_DELAYS_MS.length + 1, error: describeError(cause) }, "could not connect");
        throw cause;
      }
    },
    once: { query: once },
    close: () => pool.end(),
  };
}
