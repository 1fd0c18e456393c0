import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parser } from "@prometheus-io/lezer-promql";
import { parse } from "yaml";
import { ROOT } from "../support/paths.ts";

/** An expression and where it stands. */
export interface Expression {
  /** File and name of the rule, or dashboard and panel. */
  readonly place: string;
  readonly kind: "alert" | "record" | "panel";
  readonly text: string;
}

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
}

/** Every expression of the project's rules. */
export async function ruleExpressions(): Promise<Expression[]> {
  const found: Expression[] = [];
  for await (const file of glob("monitoring/rules/*.rules.yml", { cwd: ROOT })) {
    const { groups } = parse(await readFile(join(ROOT, file), "utf8")) as { groups: { rules: Rule[] }[] };
    for (const { alert, record, expr } of groups.flatMap(({ rules }) => rules)) found.push({ place: `${file}: ${alert ?? record}`, kind: alert === undefined ? "record" : "alert", text: String(expr) });
  }
  return found;
}

/** Every expression of a dashboard, with its variables replaced by what matches everything. @param dashboard as Grafana's JSON has it */
export function dashboardExpressions(name: string, dashboard: unknown): Expression[] {
  const found: Expression[] = [];
  const visit = (value: unknown, title: string): void => {
    if (Array.isArray(value)) return value.forEach((one) => visit(one, title));
    if (typeof value !== "object" || value === null) return;
    const inner = "title" in value && typeof value.title === "string" ? value.title : title;
    if ("expr" in value && typeof value.expr === "string") found.push({ place: `${name}: ${inner}`, kind: "panel", text: withoutVariables(value.expr) });
    for (const child of Object.values(value)) visit(child, inner);
  };
  visit(dashboard, name);
  return found;
}

/** A panel's expression with its variables replaced by what matches everything. */
export function withoutVariables(expression: string): string {
  return expression.replace(/\$__(rate_interval|interval|range)|\$\{__(rate_interval|interval|range)\}/g, "1m").replace(/\$\{\w+(:\w+)?\}|\$\w+/g, ".*");
}

/** The vector selectors of an expression, as they are written. @throws when it is no PromQL */
export function selectorsOf({ text, place }: Expression): string[] {
  const selectors: string[] = [];
  parser.parse(text).iterate({
    enter({ type, name, from, to }) {
      if (type.isError) throw new Error(`${place}: no PromQL at ${from}: ${text}`);
      if (name === "VectorSelector") selectors.push(text.slice(from, to));
    },
  });
  return selectors;
}
