import { serverName } from "@dive/common/tls";
import pg from "pg";
import type { HalfMade } from "./half-made.ts";

const CONNECT_TIMEOUT_MS = 10_000;

const text = (value: unknown): string => String(value ?? "");

/** The statement that removes an object by its name; none where repeating the creation does no harm. */
export function dropStatement(type: string, inputs: Record<string, unknown>): string | undefined {
  const name = pg.escapeIdentifier(text(inputs["name"]));
  switch (type) {
    case "postgresql:index/role:Role":
      return `DROP ROLE IF EXISTS ${name}`;
    case "postgresql:index/database:Database":
      return `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`;
    case "postgresql:index/schema:Schema":
      return `DROP SCHEMA IF EXISTS ${name}`; // without CASCADE: what is in it was not made by a half-made schema
    case "postgresql:index/extension:Extension":
      return `DROP EXTENSION IF EXISTS ${name}`;
    default:
      return undefined; // grants and default privileges: granting twice is granting once
  }
}

/** Drops half-made roles, databases, schemas and extensions, as the provider's own user. */
export async function removeFromPostgres({ provider, objects }: HalfMade, note: (line: string) => void): Promise<void> {
  // Databases first: a role may own one.
  const order = ["schema", "extension", "database", "role"];
  const rank = (type: string) => order.findIndex((kind) => type.includes(`/${kind}:`));
  for (const { type, inputs } of objects.toSorted((a, b) => rank(a.type) - rank(b.type))) {
    const statement = dropStatement(type, inputs);
    if (statement === undefined) continue;
    const client = await connect(provider, text(inputs["database"] ?? provider["database"] ?? "postgres"));
    try {
      await client.query(statement);
      note(statement);
    } finally {
      await client.end();
    }
  }
}

async function connect(provider: Record<string, unknown>, database: string): Promise<pg.Client> {
  const mode = text(provider["sslmode"] ?? "require");
  const { readFile } = await import("node:fs/promises");
  const rootCert = provider["sslrootcert"];
  const host = text(provider["host"]);
  const client = new pg.Client({
    host,
    port: Number(provider["port"] ?? 5432),
    user: text(provider["username"]),
    password: text(provider["password"]),
    database,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...(mode === "disable" ? {} : { ssl: typeof rootCert === "string" ? { ca: await readFile(rootCert, "utf8"), ...serverName(host) } : true }),
  });
  await client.connect();
  return client;
}
