import type { RoleArgs } from "@pulumi/postgresql";
import type { Plain } from "../server/unwrap.ts";
import { identifier } from "./sql.ts";

type Args = Plain<RoleArgs>;

/** A role's settings by property: the parameter, and its value as SQL; undefined resets it. */
const SETTINGS: { readonly [Name in keyof Args]?: { readonly parameter: string; value(inputs: Args): string | undefined } } = {
  searchPaths: { parameter: "search_path", value: ({ searchPaths }) => (searchPaths?.length ? searchPaths.map(identifier).join(", ") : undefined) },
  statementTimeout: { parameter: "statement_timeout", value: ({ statementTimeout }) => (statementTimeout ? String(Number(statementTimeout)) : undefined) },
  idleInTransactionSessionTimeout: {
    parameter: "idle_in_transaction_session_timeout",
    value: ({ idleInTransactionSessionTimeout: timeout }) => (timeout ? String(Number(timeout)) : undefined),
  },
};

/** The statements that give a role its settings. @param changed also reset these when they have no value; default: a new role */
export function settingStatements(name: string, inputs: Args, changed?: readonly string[]): string[] {
  const statements: string[] = [];
  for (const [property, { parameter, value }] of Object.entries(SETTINGS)) {
    if (changed && !changed.includes(property)) continue;
    const sql = value(inputs);
    if (sql !== undefined) statements.push(`ALTER ROLE ${identifier(name)} SET ${parameter} TO ${sql}`);
    else if (changed) statements.push(`ALTER ROLE ${identifier(name)} RESET ${parameter}`);
  }
  return statements;
}

/** The settings in `pg_roles.rolconfig`, e.g. `["statement_timeout=5s"]`, as inputs. */
export function readSettings(config: readonly string[]): Pick<Args, "searchPaths" | "statementTimeout" | "idleInTransactionSessionTimeout"> {
  const settings = new Map(config.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]));
  const path = settings.get("search_path");
  return {
    searchPaths: path ? path.split(", ").map(unquote) : [],
    statementTimeout: milliseconds(settings.get("statement_timeout")),
    idleInTransactionSessionTimeout: milliseconds(settings.get("idle_in_transaction_session_timeout")),
  };
}

function unquote(name: string): string {
  return /^".*"$/.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Somebody else may have set it with a unit. */
function milliseconds(text: string | undefined): number {
  const [, amount, unit = "ms"] = /^(\d+)\s*(ms|s|min|h|d)?$/.exec(text ?? "0") ?? [];
  if (amount === undefined) throw new Error(`a role's timeout is ${JSON.stringify(text)}, expected a whole number with the unit ms, s, min, h or d`);
  return Number(amount) * UNITS[unit]!;
}
