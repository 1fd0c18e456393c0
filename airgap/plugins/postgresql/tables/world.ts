import { readFileSync } from "node:fs";
import { Client } from "pg";
import { type TestServer, testPostgres } from "../../../../tests/support/postgres-server.ts";
import type { Case, Subject } from "../../server/table-driver.ts";
import type { Bag } from "../../server/values.ts";

/** Where and as whom a statement runs. Default: the superuser, in database `postgres`. */
export interface Where {
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
}

/** The PostgreSQL of the tables, with a database `app` that holds a schema `app` with two tables and a sequence. */
export class PostgresWorld implements AsyncDisposable {
  readonly server: TestServer;
  /** Connections to databases that no case drops. */
  readonly #kept: { postgres?: Promise<Client>; app?: Promise<Client> } = {};

  private constructor(server: TestServer) {
    this.server = server;
  }

  static async open(): Promise<PostgresWorld> {
    const world = new PostgresWorld(await testPostgres());
    await world.sql("CREATE DATABASE app");
    await world.sql("CREATE SCHEMA app; CREATE TABLE app.docs (x int); CREATE TABLE app.notes (x int); CREATE SEQUENCE app.ids", { database: "app" });
    return world;
  }

  /** The plugin's configuration, as the engine sends it: what is not text is JSON. */
  config(more: Bag = {}): Bag {
    return { host: "127.0.0.1", port: String(this.server.port), username: "postgres", password: this.server.password, database: "postgres", sslmode: "verify-full", sslrootcert: this.server.caFile, connectTimeout: "5", ...more };
  }

  async sql<Row = Record<string, any>>(text: string, where: Where = {}, parameters: readonly unknown[] = []): Promise<Row[]> {
    const run = async (client: Client): Promise<Row[]> => (parameters.length > 0 ? await client.query(text, [...parameters]) : await client.query(text)).rows as Row[];
    const { database = "postgres", user } = where;
    if (user === undefined && (database === "postgres" || database === "app")) return run(await (this.#kept[database] ??= this.connect(where)));
    const client = await this.connect(where);
    try {
      return await run(client);
    } finally {
      await client.end();
    }
  }

  /** A connection of its own; the caller ends it. */
  async connect({ database = "postgres", user = "postgres", password = this.server.password }: Where): Promise<Client> {
    const client = new Client({ host: "127.0.0.1", port: this.server.port, user, password, database, ssl: { ca: readFileSync(this.server.caFile) } });
    await client.connect();
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of Object.values(this.#kept)) await (await client).end();
    await this.server[Symbol.asyncDispose]();
  }
}

export type PostgresCase = Case<PostgresWorld>;
export type PostgresSubject = Subject<PostgresWorld>;

/** Makes a role of the case's own name, with a suffix. */
export const withRole = (suffix = "") => async ({ world, name }: PostgresSubject): Promise<void> => void (await world.sql(`CREATE ROLE "${name}${suffix}"`));
