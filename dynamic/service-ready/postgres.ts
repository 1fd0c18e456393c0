import pg from "pg";
import { describeError, ProbeError, REQUEST_TIMEOUT_MS } from "@dive/common/federation";
import { serverName } from "@dive/common/tls";
import type { PostgresReadyInputs } from "./provider.ts";

/** One `SELECT 1` over TLS, certificate and host name verified, with the time limits of one request each for connecting and asking. */
export async function postgresAnswers(inputs: Omit<PostgresReadyInputs, "triggers" | "timeoutSeconds" | "version" | "kind">): Promise<void> {
  const { host, port, username, password, database, caCertificate } = inputs;
  const client = new pg.Client({
    host, port, database, password,
    user: username,
    ssl: { ca: caCertificate, rejectUnauthorized: true, ...serverName(host) },
    connectionTimeoutMillis: REQUEST_TIMEOUT_MS,
    query_timeout: REQUEST_TIMEOUT_MS,
    application_name: "dive-service-ready",
  });
  // A connection that breaks while nobody waits for it is reported by event; the pending call rejects with the same error.
  let broken: unknown;
  client.on("error", (error) => (broken = error));
  try {
    await client.connect();
    await client.query("SELECT 1");
    if (broken) throw broken;
  } catch (error) {
    const code = (error as { code?: string }).code ?? "";
    // Class 28: wrong password or not admitted; 3D000: no such database. 57P03 (starting up) is an outage.
    const kind = /^(28|3D)/.test(code) || /CERT|ERR_TLS|UNABLE_TO_VERIFY|SELF_SIGNED/.test(code) ? "denied" : "unavailable";
    throw new ProbeError(kind, `PostgreSQL at ${host}:${port}, database ${database}, user ${username}: ${describeError(error)}`, error);
  } finally {
    await client.end();
  }
}
