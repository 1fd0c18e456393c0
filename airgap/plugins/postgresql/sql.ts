import { createRequire } from "node:module";
import type { Client, escapeIdentifier, escapeLiteral, QueryResultRow } from "pg";

interface Quoting {
  readonly escapeIdentifier: typeof escapeIdentifier;
  readonly escapeLiteral: typeof escapeLiteral;
}

/** `pg`'s own quoting of identifiers and texts, without loading the rest of it. */
export const { escapeIdentifier: identifier, escapeLiteral: literal } = createRequire(import.meta.url)("pg/lib/utils.js") as Quoting;

/** A role as a grantee: `public` is everybody, not a role's name. */
export function grantee(role: string): string {
  return role.toLowerCase() === "public" ? "PUBLIC" : identifier(role);
}

/** What PostgreSQL or the way to it answered. Holds no statement: that may hold a password. */
export class SqlError extends Error {
  /** SQLSTATE, e.g. `42P04`; empty when the server did not answer. */
  readonly state: string;
  constructor(message: string, state: string) {
    super(message);
    this.name = "SqlError";
    this.state = state;
  }

  /** @param doing what was being done, without secrets */
  static from(doing: string, error: unknown): SqlError {
    if (error instanceof AggregateError) return new SqlError(`${doing}: ${error.errors.map((one) => (one as Error).message).join("; ")}`, "");
    const { message, code, detail, hint } = error as { message: string; code?: string; detail?: string; hint?: string };
    const state = /^[0-9A-Z]{5}$/.test(code ?? "") ? code! : "";
    const more = [detail, hint].filter((text) => text !== undefined).map((text) => `; ${text}`).join("");
    return new SqlError(`${doing}: ${message || code || "no answer"}${state ? ` (SQLSTATE ${state})` : ""}${more}`, state);
  }
}

/** Runs one statement. @param doing what it does, for the error: `creating role app` */
export async function execute(client: Client, doing: string, sql: string): Promise<void> {
  await rows(client, doing, sql);
}

/** Runs one query and returns its rows. */
export async function rows<Row extends QueryResultRow>(client: Client, doing: string, sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
  try {
    return (await client.query<Row>(sql, [...parameters])).rows;
  } catch (error) {
    throw SqlError.from(doing, error);
  }
}
