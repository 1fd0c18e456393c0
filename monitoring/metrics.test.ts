// The list of metrics says what the code says, and rules and dashboards name nothing else.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { ROOT } from "../tests/support/paths.ts";
import { dashboardExpressions, ruleExpressions, selectorsOf } from "../tests/monitoring/expressions.ts";
import { renderDashboards } from "./grafana/dashboards.ts";
import { emittedMetrics, metricSources } from "./metrics.ts";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** What a file of ours tells: names that the PostgreSQL exporter puts together, or that a service registers. */
function namesIn(file: string): string[] {
  if (!file.endsWith(".yml")) return [...new Set([...read(file).matchAll(/"(dive_v3_\w+)"/g)].map(([, name]) => name!))].sort();
  const queries = parse(read(file)) as Record<string, { metrics: Record<string, { usage: string }>[] }>;
  return Object.entries(queries).flatMap(([prefix, { metrics }]) => metrics.flatMap((entry) => Object.entries(entry).flatMap(([name, { usage }]) => (usage === "LABEL" ? [] : [`${prefix}_${name}`])))).sort();
}

it.each(metricSources.filter(({ ours }) => ours))("$source tells what the list says, and nothing else", ({ source, metrics, histograms = [] }) => {
  expect(namesIn(source)).toEqual([...metrics, ...histograms].sort());
});

it("has every file that registers a metric", () => {
  const files = globSync("services/*/**/*.ts", { cwd: ROOT, exclude: ["**/node_modules/**", "**/*.test.ts"] });
  const registering = files.filter((file) => /new (Gauge|Counter|Histogram|Summary)[<(]/.test(read(file)) && namesIn(file).length > 0);
  expect(registering.filter((file) => !metricSources.some(({ source }) => source === file))).toEqual([]);
});

const rules = await ruleExpressions();
const panels = Object.entries(renderDashboards()).flatMap(([name, dashboard]) => dashboardExpressions(name, dashboard));
const recorded = rules.filter(({ kind }) => kind === "record").map(({ place }) => place.split(": ")[1]!);

it.each([...rules, ...panels].map((expression) => [expression.place, expression] as const))("%s names only metrics that something tells", (_, expression) => {
  const known = new Set([...emittedMetrics(), ...recorded]);
  const names = selectorsOf(expression).map((selector) => /^[\w:]*/.exec(selector)![0]);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

it("lists no metric that nobody needs", () => {
  const used = new Set([...rules, ...panels].flatMap((expression) => selectorsOf(expression).map((selector) => /^[\w:]*/.exec(selector)![0])));
  const unused = metricSources.filter(({ ours }) => !ours).flatMap(({ metrics }) => metrics.filter((name) => !used.has(name)));
  expect(unused).toEqual([]);
});
