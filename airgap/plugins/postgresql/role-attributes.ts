import type { RoleArgs } from "@pulumi/postgresql";
import type { Plain } from "../server/unwrap.ts";
import { passwordVerifier } from "./password.ts";
import { literal } from "./sql.ts";

/** Flags of a role by property: the SQL word, which a `NO` before it negates. */
const FLAGS = {
  login: "LOGIN",
  superuser: "SUPERUSER",
  createDatabase: "CREATEDB",
  createRole: "CREATEROLE",
  inherit: "INHERIT",
  replication: "REPLICATION",
  bypassRowLevelSecurity: "BYPASSRLS",
} as const satisfies Partial<Record<keyof RoleArgs, string>>;

/**
 * What follows `WITH` in CREATE ROLE and ALTER ROLE.
 * @param changed only these properties; default all that are given. Naming an unchanged one can need rights that the change does not.
 */
export async function attributeClauses(inputs: Plain<RoleArgs>, changed?: readonly string[]): Promise<string[]> {
  const concerns = (name: keyof RoleArgs) => (changed ? changed.includes(name) : inputs[name] !== undefined);
  const clauses: string[] = [];
  for (const [name, word] of Object.entries(FLAGS) as [keyof typeof FLAGS, string][]) {
    if (concerns(name)) clauses.push(inputs[name] ? word : `NO${word}`);
  }
  if (concerns("connectionLimit")) clauses.push(`CONNECTION LIMIT ${Number(inputs.connectionLimit ?? -1)}`);
  if (concerns("validUntil")) clauses.push(`VALID UNTIL ${literal(validUntil(inputs.validUntil))}`);
  if (concerns("password")) clauses.push(inputs.password ? `PASSWORD ${literal(await passwordVerifier(inputs.password))}` : "PASSWORD NULL");
  return clauses;
}

/** Officially `NULL` (any case), "" and nothing mean that the password never expires. */
function validUntil(value: string | undefined): string {
  return !value || value.toLowerCase() === "null" ? "infinity" : value;
}
