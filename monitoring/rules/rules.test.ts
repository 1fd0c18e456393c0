import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parse } from "yaml";

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}
interface AlertCase {
  readonly alertname: string;
  readonly exp_alerts: readonly unknown[];
}

const read = <T>(pattern: string): T[] => globSync(pattern, { cwd: import.meta.dirname }).map((file) => parse(readFileSync(join(import.meta.dirname, file), "utf8")) as T);
const groups = read<{ groups: { name: string; rules: Rule[] }[] }>("*.rules.yml").flatMap((file) => file.groups);
const rules = groups.flatMap((group) => group.rules);
const alerts = rules.filter((rule): rule is Rule & { alert: string } => rule.alert !== undefined);
const cases = read<{ tests: { alert_rule_test: AlertCase[] }[] }>("tests/*.test.yml").flatMap(({ tests }) => tests.flatMap((test) => test.alert_rule_test));
const runbook = readFileSync(join(import.meta.dirname, "../../docs/runbook.md"), "utf8");

/** Fires whatever there is: nothing keeps it silent. */
const ALWAYS = new Set(["Watchdog"]);

it("covers what the federation is promised to be watched for", () => {
  expect(alerts.length).toBeGreaterThanOrEqual(30);
  expect(groups.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["dive_deployment", "dive_federation", "dive_database", "dive_service_health", "dive_circuit_breaker", "dive_security", "kas", "redis", "dive_monitoring", "dive_slo"]),
  );
  expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
});

it.each(alerts)("$alert has a case that fires and one that stays silent", ({ alert }) => {
  const own = cases.filter(({ alertname }) => alertname === alert).map(({ exp_alerts }) => exp_alerts.length);
  expect(own.some((count) => count > 0), "no case in which it fires").toBe(true);
  if (!ALWAYS.has(alert)) expect(own, "no case in which it stays silent").toContain(0);
});

it("tests no alert that is not there", () => {
  expect(cases.map(({ alertname }) => alertname).filter((name) => !alerts.some(({ alert }) => alert === name))).toEqual([]);
});

it.each(alerts)("$alert says what is wrong, how bad it is, and where its section of the runbook is", ({ alert, labels, annotations }) => {
  expect(["critical", "warning", "none"]).toContain(labels?.["severity"]);
  expect(["federation", "deployment", "security", "database", "kas", "service", "redis", "monitoring"]).toContain(labels?.["component"]);
  expect(annotations).toEqual({ summary: expect.stringMatching(/./), description: expect.stringMatching(/./), runbook_url: `docs/runbook.md#${alert.toLowerCase()}` });
  const section = runbook.split(/^#+ /m).find((text) => text.startsWith(`${alert}\n`));
  expect(section, "no section in docs/runbook.md").toMatch(/\*Look\s+at\*:\s[^]+\*Do\*:\s./);
});

it("names recording rules level:metric:operation", () => {
  const names = rules.flatMap(({ record }) => record ?? []);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect(name).toMatch(/^[a-z_]+:[a-z_0-9]+:[a-z_0-9]+$/);
});
