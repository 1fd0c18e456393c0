import { readFileSync } from "node:fs";
import pg from "pg";
import type { DatabaseLogin } from "../../dynamic/orchestration-schema/connection.ts";
import { testPostgres, type TestServer } from "./postgres-server.ts";

/** A PostgreSQL with an empty schema `orchestration` and its roles, as the program makes them before it migrates. */
export interface OrchestrationDatabase extends TestServer {
  /** Signs in as `orchestration`, `orchestration_service` or `orchestration_reader`. */
  login(username: "orchestration" | "orchestration_service" | "orchestration_reader"): DatabaseLogin;
  /** Runs statements as the superuser in the database. */
  query(sql: string, values?: unknown[]): Promise<any[]>;
  /** Drops the schema and makes it anew. */
  empty(): Promise<void>;
}

const PASSWORD = "password-of-the-test-roles";

/** Starts one. @param more arguments of `docker run` */
export async function orchestrationDatabase(more: readonly string[] = []): Promise<OrchestrationDatabase> {
  const server = await testPostgres(undefined, { max_connections: "100", log_statement: "none" }, more);
  const caCertificate = readFileSync(server.caFile, "utf8");
  const ask = async (database: string, sql: string, values?: unknown[]) => {
    const client = new pg.Client({ host: "localhost", port: server.port, user: "postgres", password: server.password, database, ssl: { ca: caCertificate } });
    await client.connect();
    try {
      return (await client.query(sql, values)).rows as any[];
    } finally {
      await client.end();
    }
  };
  const query = (sql: string, values?: unknown[]) => ask("orchestration", sql, values);
  const empty = async () => void (await query(`
    DROP SCHEMA IF EXISTS orchestration CASCADE;
    ALTER DEFAULT PRIVILEGES FOR ROLE orchestration GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
    CREATE SCHEMA orchestration AUTHORIZATION orchestration;
    GRANT USAGE ON SCHEMA orchestration TO orchestration_service, orchestration_reader`));
  await ask("postgres", ["orchestration", "orchestration_service", "orchestration_reader"].map((name) => `CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'`).join("; "));
  await ask("postgres", "CREATE DATABASE orchestration OWNER orchestration");
  await empty();
  const login = (username: string): DatabaseLogin => ({ host: "localhost", port: server.port, database: "orchestration", username, password: PASSWORD, caCertificate });
  return { ...server, login, query, empty };
}
