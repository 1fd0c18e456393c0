import { readFileSync } from "node:fs";
import { describeError } from "../runtime/describe-error.ts";
import type { Variable } from "./variables.ts";

/** Variables by name; each may be given as NAME (the value) or NAME_FILE (a file that holds it). */
export type EnvironmentSchema = Readonly<Record<string, Variable<unknown>>>;

/** The typed values that a schema yields. */
export type EnvironmentOf<S extends EnvironmentSchema> = {
  readonly [Name in keyof S]: S[Name] extends Variable<infer T> ? T : never;
};

/** The environment breaks the schema; the message has one line for each variable, and never a secret value. */
export class ConfigurationError extends Error {
  /** One line for each broken variable, each starting with its name. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment is not usable:\n${problems.map((line) => `- ${line}`).join("\n")}`);
    this.name = "ConfigurationError";
    this.problems = problems;
  }
}

/**
 * Reads all variables of `schema`, all problems at once.
 * @throws {ConfigurationError} naming each variable, the rule, what was given and what is allowed.
 */
export function readEnvironment<S extends EnvironmentSchema>(
  schema: S,
  env: Readonly<Record<string, string | undefined>> = process.env,
): EnvironmentOf<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries(schema)) {
    try {
      values[name] = readVariable(name, variable, env);
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  return values as EnvironmentOf<S>;
}

function readVariable(name: string, variable: Variable<unknown>, env: Readonly<Record<string, string | undefined>>): unknown {
  const given = rawValue(name, env);
  if (given === undefined) {
    if ("fallback" in variable) return variable.fallback;
    throw new Error(`${name}: is required and must be ${variable.rule}; set ${name} or ${name}_FILE`);
  }
  const value = parsed(variable, given.raw);
  if (value === undefined) {
    const got = variable.secret === true ? `a value of ${given.raw.length} characters that is not` : JSON.stringify(given.raw);
    throw new Error(`${given.source}: must be ${variable.rule}, got ${got}`);
  }
  return value;
}

function rawValue(name: string, env: Readonly<Record<string, string | undefined>>): { raw: string; source: string } | undefined {
  const direct = env[name];
  const file = env[`${name}_FILE`];
  if (direct !== undefined && file !== undefined) {
    throw new Error(`${name}: both ${name} and ${name}_FILE are set; set one of them`);
  }
  if (direct !== undefined) return { raw: direct, source: name };
  if (file === undefined) return undefined;
  try {
    // Editors and `echo` end files with a newline, which is not part of a password.
    return { raw: readFileSync(file, "utf8").replace(/\r?\n$/, ""), source: `${name}_FILE (${file})` };
  } catch (error) {
    throw new Error(`${name}_FILE: cannot be read: ${describeError(error)}`, { cause: error });
  }
}

/** A parser that throws has found the rule broken, as one that returns `undefined` has: the rule is the message. */
function parsed(variable: Variable<unknown>, raw: string): unknown {
  try {
    return variable.parse(raw);
  } catch {
    return undefined;
  }
}
