import type { Client } from "pg";
// Not the whole of it, whose HTTP client takes longer to load than a migration runs.
import { exponentialDelays, retry, type Clock } from "@dive/common/federation/backoff";
import { describeError } from "@dive/common/federation/probe-error";
import { serverName } from "@dive/common/tls";
import { Rules } from "../rules.ts";

/** How to reach a database, and as whom. */
export interface DatabaseLogin {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  /** Secret. */
  readonly password: string;
  /** PEM of the only certificate authority trusted. */
  readonly caCertificate: string;
}

/** Longest wait for one connection, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000;

/** No such database (3D000), no such role or another password (28...), no such schema or table (3F000, 42P01): the data volume is another one. */
const GONE = /^(3D000|28...|3F000|42P01)$/;
/** Starting, stopping, recovering, too many clients: the server will answer in a moment. */
const SOON = /^(57P0[123]|53300|08...)$/;
const NETWORK = /^E[A-Z]+$/;

/** Whether an error of the driver says that what it asked for does not exist. */
export function isGone(error: unknown): boolean {
  return GONE.test(codeOf(error));
}

/**
 * Runs `work` on one connection over verified TLS, and closes it. Connecting is tried again while the server is starting or full.
 * @param timeoutSeconds until connecting is given up; 0: one attempt
 * @throws what `work` throws, or the error of connecting with host, port, database and user
 */
export async function withConnection<T>(login: DatabaseLogin, timeoutSeconds: number, work: (client: Client) => Promise<T>, clock?: Clock): Promise<T> {
  let client: Client;
  try {
    client = await retry(() => connect(login), {
      delaysMs: timeoutSeconds === 0 ? [] : exponentialDelays(100, 2000),
      deadlineMs: Math.max(timeoutSeconds * 1000, 2 * CONNECT_TIMEOUT_MS),
      retryable: (error) => SOON.test(codeOf(error)) || NETWORK.test(codeOf(error)) || codeOf(error) === "",
      ...(clock ? { clock } : {}),
    });
  } catch (error) {
    const { cause = error } = error as Error;
    const { host, port, database, username } = login;
    throw Object.assign(new Error(`PostgreSQL at ${host}:${port}, database ${database}, user ${username}: ${describeError(error)}`, { cause }), { code: codeOf(cause) });
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function connect({ host, port, database, username, password, caCertificate }: DatabaseLogin): Promise<Client> {
  const { default: pg } = await import("pg"); // loaded only where there is something to do
  const client = new pg.Client({
    host, port, database, password,
    user: username,
    ssl: { ca: caCertificate, rejectUnauthorized: true, ...serverName(host) },
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    application_name: "dive-orchestration",
  });
  // A connection that breaks while nobody waits for it is told by event; the next statement fails with the same reason.
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end();
    throw error;
  }
  return client;
}

/** SQLSTATE or Node's code; empty when there is none. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}

/** What is wrong with the inputs that say how to reach a database. */
export function loginRules(inputs: DatabaseLogin): Rules {
  return new Rules()
    .text("host", inputs.host).integer("port", inputs.port, 1, 65535).text("database", inputs.database)
    .text("username", inputs.username).text("password", inputs.password).certificate("caCertificate", inputs.caCertificate);
}
