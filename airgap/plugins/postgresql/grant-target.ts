import type { GrantArgs } from "@pulumi/postgresql";
import type { Client } from "pg";
import type { Plain } from "../server/unwrap.ts";
import { identifier, rows } from "./sql.ts";

type Target = Pick<Plain<GrantArgs>, "database" | "schema" | "objectType" | "objects">;

/** What stands after ON in GRANT and REVOKE: `DATABASE "d"`, `TABLE "s"."t"`, `ALL TABLES IN SCHEMA "s"`. */
export function grantTarget({ database, schema, objectType, objects = [] }: Target): string {
  if (objectType === "database") return `DATABASE ${identifier(database)}`;
  if (objectType === "schema") return `SCHEMA ${identifier(schema!)}`;
  const word = objectType.toUpperCase();
  if (objects.length === 0) return `ALL ${word}S IN SCHEMA ${identifier(schema!)}`;
  return `${word} ${[...objects].sort().map((name) => `${identifier(schema!)}.${identifier(name)}`).join(", ")}`;
}

/** A query for the ACLs of the target's objects, with the columns `name` and `acl`. `$1` is left to the caller. */
export function aclQuery({ database, schema, objectType, objects }: Target): { sql: string; parameters: unknown[] } {
  if (objectType === "database") {
    return { sql: "SELECT datname AS name, coalesce(datacl, acldefault('d', datdba)) AS acl FROM pg_database WHERE datname = $2", parameters: [database] };
  }
  if (objectType === "schema") {
    return { sql: "SELECT nspname AS name, coalesce(nspacl, acldefault('n', nspowner)) AS acl FROM pg_namespace WHERE nspname = $2", parameters: [schema] };
  }
  // An empty list means every object.
  const parameters = [schema, objects ?? []];
  const [kinds, letter] = objectType === "table" ? ["'r', 'v', 'm', 'f', 'p'", "r"] : ["'S'", "s"];
  return {
    sql: `SELECT c.relname AS name, coalesce(c.relacl, acldefault('${letter}', c.relowner)) AS acl FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = $2 AND c.relkind IN (${kinds}) AND (cardinality($3::text[]) = 0 OR c.relname = ANY ($3::text[]))`,
    parameters,
  };
}

/** Whether the database and the schema that hold the objects exist. The database is the one connected to. */
export async function targetExists(client: Client, { schema, objectType }: Target): Promise<boolean> {
  if (objectType === "database") return true;
  return (await rows(client, `looking for schema ${schema}`, "SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema])).length > 0;
}
