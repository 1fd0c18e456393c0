import type { Client } from "pg";
import type { Config } from "./config.ts";
import { Limiter } from "./limiter.ts";
import { SqlError } from "./sql.ts";
import { tlsOptions } from "./tls.ts";

/** Any fixed number: what changes ACLs or memberships waits for its like, in this and other processes. */
const CATALOG_LOCK = 7_209_163_410;

/** SQLSTATE of connecting to a database that does not exist. */
const NO_SUCH_DATABASE = "3D000";

/** How long a connection to the configured database waits for the next work, in milliseconds. */
const IDLE_MS = 2_000;

/**
 * One PostgreSQL server. Each piece of work has a connection of its own, closed afterwards: a pooled one would block dropping or
 * copying its database. Only those to the configured database, which nobody drops while connected to it, wait a moment for the next work.
 */
export class Session {
  readonly config: Config;
  readonly #limiter: Limiter;
  readonly #idle = new Map<Client, NodeJS.Timeout>();

  /** Does not connect. @throws Error when the configuration cannot work */
  constructor(config: Config) {
    this.config = config;
    const { maxConnections = 20, sslmode, sslrootcert } = config;
    // An `sslrootcert` is read when first needed: in a preview it may not be there yet.
    if (!sslrootcert && sslmode !== undefined) tlsOptions(config);
    this.#limiter = new Limiter(maxConnections === 0 ? Infinity : maxConnections);
  }

  /** The database that the configuration names, where cluster-wide objects are worked on. */
  get home(): string {
    return this.config.database ?? "postgres";
  }

  /** Connects to a database and works there. @throws SqlError, or what `work` throws */
  async run<T>(database: string, signal: AbortSignal, work: (client: Client) => Promise<T>): Promise<T> {
    return this.#limiter.run(async () => {
      signal.throwIfAborted();
      const client = this.#waiting(database) ?? (await this.#connect(database, signal));
      const stop = () => void this.#cancel(client);
      signal.addEventListener("abort", stop, { once: true });
      let done = false;
      try {
        const result = await work(client);
        done = true;
        return result;
      } finally {
        signal.removeEventListener("abort", stop);
        // After an error a transaction may be open: the end of the connection rolls it back.
        if (done && !signal.aborted && database === this.home) this.#keep(client);
        else await client.end();
      }
    });
  }

  /** A connection that waits, if there is one to that database. */
  #waiting(database: string): Client | undefined {
    const [client] = database === this.home ? this.#idle.keys() : [];
    if (client) this.#forget(client);
    return client;
  }

  #keep(client: Client): void {
    const timer = setTimeout(() => {
      this.#forget(client);
      void client.end();
    }, IDLE_MS);
    this.#idle.set(client, timer.unref());
  }

  #forget(client: Client): void {
    clearTimeout(this.#idle.get(client));
    this.#idle.delete(client);
  }

  /** As `run`, in one transaction that waits for all others of its kind: parallel grants would fail with "tuple concurrently updated". */
  async transaction<T>(database: string, signal: AbortSignal, work: (client: Client) => Promise<T>): Promise<T> {
    return this.run(database, signal, async (client) => {
      await client.query("BEGIN");
      // An error leaves the transaction to the end of the connection, which rolls it back.
      await client.query("SELECT pg_advisory_xact_lock($1)", [CATALOG_LOCK]);
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    });
  }

  /** As the work given, but `undefined` when its database does not exist: what lives in it is gone then. */
  async unlessDatabaseGone<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof SqlError && error.state === NO_SUCH_DATABASE) return undefined;
      throw error;
    }
  }

  /** Stops what the server is doing for a connection, and ends it. Ending alone would let a CREATE DATABASE go on unseen. */
  async #cancel(client: Client): Promise<void> {
    // `processID` is missing in the types.
    const { processID } = client as Client & { readonly processID: number };
    const told = this.#connect(this.home, new AbortController().signal).then(async (other) => {
      await other.query("SELECT pg_cancel_backend($1)", [processID]);
      await other.end();
    });
    // A server that cannot be told either is gone, or notices the end of the connection.
    await Promise.allSettled([told]);
    await client.end();
  }

  async #connect(database: string, signal: AbortSignal): Promise<Client> {
    const { host, port = 5432, username, password, connectTimeout = 180 } = this.config;
    // Loaded with the first connection: a plugin that only checks and compares starts without it.
    const { default: pg } = await import("pg");
    const client = new pg.Client({
      host: host!, port, database,
      ...(username ? { user: username } : {}),
      ...(password ? { password } : {}),
      ssl: tlsOptions(this.config),
      connectionTimeoutMillis: connectTimeout * 1000,
      application_name: "pulumi-resource-postgresql",
    });
    // A connection that breaks is also reported to whoever waits for an answer; without a listener the event would end the process.
    client.on("error", () => {
      this.#forget(client);
      void client.end();
    });
    client.on("end", () => this.#forget(client));
    const stop = () => void client.end();
    signal.addEventListener("abort", stop, { once: true });
    try {
      await client.connect();
      return client;
    } catch (error) {
      throw SqlError.from(`connecting to ${host}:${port}, database ${database}, user ${username}`, error);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}
