import type { Client } from "pg";
import { rows } from "./sql.ts";

/** The privileges that exist for each supported kind of object. MAINTAIN needs PostgreSQL 17. */
export const PRIVILEGES = {
  database: ["CREATE", "CONNECT", "TEMPORARY"],
  schema: ["CREATE", "USAGE"],
  table: ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"],
  sequence: ["USAGE", "SELECT", "UPDATE"],
} as const;

/** What is wrong with a list of privileges for a kind of object. */
export function privilegeFailures(objectType: string, privileges: readonly string[]): { property: string; reason: string }[] {
  const allowed: readonly string[] = PRIVILEGES[objectType as keyof typeof PRIVILEGES] ?? [];
  return privileges.flatMap((privilege, index) => (allowed.includes(privilege) ? [] : [{
    property: `privileges[${index}]`,
    // ALL would differ from what the server lists, for ever.
    reason: `must be one of ${allowed.join(", ")} for objectType ${objectType}, in capitals and listed one by one; given: ${JSON.stringify(privilege)}`,
  }]));
}

/** As the server says: PUBLIC cannot pass anything on. */
export function optionFailures(role: string, withGrantOption: boolean | undefined): { property: string; reason: string }[] {
  return withGrantOption && role.toLowerCase() === "public" ? [{ property: "withGrantOption", reason: "must be false for role public" }] : [];
}

/** Privileges of one grantee on one object. */
export interface Held {
  readonly privileges: string[];
  /** Whether all of them may be passed on. */
  readonly grantable: boolean;
}

/**
 * What a grantee holds on each of some objects, by the objects' names.
 * @param acls a query with the columns `name` and `acl` (aclitem[], with the built-in default where none is stored); `$1` is the grantee
 */
export async function heldPrivileges(client: Client, doing: string, acls: string, role: string, parameters: readonly unknown[]): Promise<Map<string, Held>> {
  const grantee = role.toLowerCase() === "public" ? "0" : "(SELECT oid FROM pg_roles WHERE rolname = $1)";
  const unused = role.toLowerCase() === "public" ? " AND $1::text IS NOT NULL" : "";
  const found = await rows<{ name: string; privileges: string[]; grantable: boolean }>(client, doing, `
    SELECT o.name::text AS name,
           coalesce(array_agg(a.privilege_type ORDER BY a.privilege_type) FILTER (WHERE a.grantee IS NOT NULL), '{}') AS privileges,
           coalesce(bool_and(a.is_grantable) FILTER (WHERE a.grantee IS NOT NULL), false) AS grantable
    FROM (${acls}) o LEFT JOIN LATERAL aclexplode(o.acl) a ON a.grantee = ${grantee}${unused}
    GROUP BY o.name`, [role, ...parameters]);
  return new Map(found.map(({ name, privileges, grantable }) => [name, { privileges, grantable }]));
}

/** Whether two lists hold the same privileges. */
export function samePrivileges(one: readonly string[], other: readonly string[]): boolean {
  return [...new Set(one)].sort().join() === [...new Set(other)].sort().join();
}

/** Whether a role exists; `public` always does. */
export async function roleExists(client: Client, role: string): Promise<boolean> {
  if (role.toLowerCase() === "public") return true;
  return (await rows(client, `looking for role ${role}`, "SELECT 1 FROM pg_roles WHERE rolname = $1", [role])).length > 0;
}
