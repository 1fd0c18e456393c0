import { serverName } from "@dive/common/tls";
import type pg from "pg";

/** A login role. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** How to reach the orchestration database of one instance: an entry of the stack's secret output `orchestration`. */
export interface Access {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly owner: Login;
  readonly service: Login;
  readonly reader: Login;
}

/** What of a PostgreSQL client the record needs. */
export type Queryable = Pick<pg.ClientBase, "query">;

/** A connection that can be ended. */
export interface Connection extends Queryable {
  end(): Promise<void>;
}

/** How long connecting may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 3_000;

/** How long one statement may take, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 10_000;

/** Connects over TLS, certificate and host name verified. @throws when the database does not answer in time */
export async function connect(access: Access, role: "owner" | "reader", ca: string): Promise<Connection> {
  const { default: postgres } = await import("pg"); // loaded only where there is something to ask
  const { host, port, database } = access;
  const client = new postgres.Client({
    host, port, database,
    user: access[role].username,
    password: access[role].password,
    ssl: { ca, rejectUnauthorized: true, ...serverName(host) },
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: STATEMENT_TIMEOUT_MS,
    application_name: "dive",
  });
  // A connection that breaks while nobody waits is told by event; the next query fails with the same reason and the caller connects again.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** Whether a statement failed because the record's tables are not there (yet): no such table or schema. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && ["42P01", "3F000"].includes(String(error.code));
}
