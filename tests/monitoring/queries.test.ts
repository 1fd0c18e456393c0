import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, inject, test, vi } from "vitest";
import { listPanels, renderDashboards } from "../../monitoring/grafana/dashboards.ts";
import { emittedMetrics } from "../../monitoring/metrics.ts";
import { panelReport, type DrawnPanel } from "../support/panel-report.ts";
import { ROOT } from "../support/paths.ts";
import { evaluations, query, queryRange } from "./access.ts";
import { EXPECTED_EMPTY } from "./expected-empty.ts";
import { dashboardExpressions, ruleExpressions, selectorsOf, withoutVariables, type Expression } from "./expressions.ts";
import { makeTraffic } from "./traffic.ts";

// Proves on a live stack that nothing is named in a rule or on a dashboard that nobody tells.
const stack = inject("watched");
const monitoring = inject("monitoring");
const expressions: readonly Expression[] = [...(await ruleExpressions()), ...Object.entries(renderDashboards()).flatMap(([name, dashboard]) => dashboardExpressions(name, dashboard))];
const emptyByDesign = (text: string) => EXPECTED_EMPTY.some(({ pattern }) => pattern.test(text));

/** Until Prometheus has read what has just been counted, everywhere. */
async function scraped(): Promise<void> {
  const since = Date.now() / 1_000;
  await vi.waitFor(async () => expect(await query(monitoring, `timestamp(up{job=~"backend|kas"}) < ${since}`)).toEqual([]), { timeout: 60_000, interval: 500 });
}

/** Until every rule has judged what has been read. */
async function evaluated(): Promise<void> {
  const since = Date.now();
  await vi.waitFor(async () => expect(Math.min(...(await evaluations(monitoring)))).toBeGreaterThan(since), { timeout: 60_000, interval: 500 });
}

beforeAll(async () => {
  await makeTraffic(stack, scraped);
  await scraped();
  await evaluated();
}, 240_000);

test("every metric that a rule or dashboard names is told by something", async () => {
  const selectors = new Map(expressions.flatMap((expression) => selectorsOf(expression).map((selector) => [selector, expression.place] as const)));
  expect(selectors.size).toBeGreaterThan(0);
  const silent: string[] = [];
  for (const [selector, place] of selectors) {
    if (emptyByDesign(selector)) continue;
    // Some are told only now and then, as a query that takes place once in a while: within the stack's life is enough.
    if ((await query(monitoring, `last_over_time(${selector}[30m])`)).length === 0) silent.push(`${place}: ${selector}`);
  }
  expect(silent).toEqual([]);
});

test.for([...emittedMetrics()])("%s is told", async (metric) => {
  expect(await query(monitoring, `last_over_time(${metric}[30m])`)).not.toEqual([]);
});

test("both sides' databases, Redis and the blacklist are asked, and answer", async () => {
  expect((await query(monitoring, "pg_up == 1")).map(({ metric }) => metric["instance"]).sort()).toEqual(["FRA", "USA"]);
  expect((await query(monitoring, "redis_up == 1")).map(({ metric }) => `${metric["instance"]} ${metric["service"]}`).sort()).toEqual(["FRA redis", "USA blacklist-redis", "USA redis"]);
  expect(await query(monitoring, "up == 0")).toEqual([]);
});

test("every recording rule and panel has a result, and every alert can be judged", async () => {
  const wrong: string[] = [];
  for (const { kind, place, text } of expressions) {
    const samples = await query(monitoring, text); // an expression that Prometheus refuses ends the test
    if (kind !== "alert" && samples.length === 0 && !emptyByDesign(text)) wrong.push(`${place}: ${text}`);
  }
  expect(wrong).toEqual([]);
});

test("every panel has data to draw, and tests/reports/dashboards.html shows it to people", async () => {
  const drawn: DrawnPanel[] = [];
  for (const listed of listPanels()) {
    const answers = await Promise.all(listed.panel.queries.map(async ({ expr, legend }) => (await queryRange(monitoring, withoutVariables(expr), 15 * 60)).map((series) => ({ ...series, legend }))));
    drawn.push({ ...listed, series: answers.flat() });
  }
  const folder = join(ROOT, "tests", "reports");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "dashboards.html"), panelReport(`Dashboards of the stack ${stack.name}, ${new Date().toISOString()}`, drawn));
  expect(drawn.filter(({ series }) => series.length === 0).map(({ dashboard, panel }) => `${dashboard}: ${panel.title}`)).toEqual([]);
});

test("no reason for an empty result has outlived it", async () => {
  const all = expressions.flatMap((expression) => [expression.text, ...selectorsOf(expression)]);
  expect(EXPECTED_EMPTY.filter(({ pattern }) => !all.some((text) => pattern.test(text))).map(({ pattern }) => String(pattern))).toEqual([]);
});

test("Prometheus loaded every rule, and none of them fails", async () => {
  const answer = await fetch(`${monitoring.prometheusUrl}/api/v1/rules`);
  const { data } = (await answer.json()) as { data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] } };
  const rules = data.groups.flatMap(({ rules }) => rules);
  expect(rules.map(({ name }) => name).sort()).toEqual(expressions.filter(({ kind }) => kind !== "panel").map(({ place }) => place.split(": ")[1]!).sort());
  expect(rules.filter(({ health }) => health !== "ok").map(({ name, lastError }) => `${name}: ${lastError}`)).toEqual([]);
});
