import { expect, it } from "vitest";
import { parseMonitoringConfig } from "./monitoring-config.ts";

const problemsOf = (raw: unknown): unknown[][] => {
  const problems: unknown[][] = [];
  parseMonitoringConfig(raw, (...problem) => problems.push(problem));
  return problems;
};

it("fills in every default, and keeps what is given", () => {
  const unexpected = (...problem: unknown[]) => expect.fail(String(problem));
  expect(parseMonitoringConfig({}, unexpected)).toMatchObject({ grafana: true, containers: false, retentionDays: 15, retentionMib: 2_048, scrapeIntervalSeconds: 15, rules: "monitoring/rules" });
  const config = parseMonitoringConfig({ retentionDays: 90, memoryMib: { prometheus: 1_024 } }, unexpected);
  expect(config?.retentionDays).toBe(90);
  expect(config?.memoryMib).toMatchObject({ prometheus: 1_024, alertmanager: 64 });
});

it("is nothing when it is switched off, and is still checked", () => {
  expect(parseMonitoringConfig({ enabled: false }, () => {})).toBeUndefined();
  expect(problemsOf({ enabled: false, retentionDays: 0 })).toHaveLength(1);
});

const all = "{enabled?, grafana?, containers?, retentionDays?, retentionMib?, scrapeIntervalSeconds?, groupWaitSeconds?, groupIntervalSeconds?, rules?, receivers?, memoryMib?}";
it.each([
  ["no object", true, ["monitoring", "must be an object", true, all]],
  ["a setting that does not exist", { retention: "15d" }, ["monitoring.retention", "is not a setting of the monitoring stack", "15d", all]],
  ["a switch that is none", { enabled: "yes" }, ["monitoring.enabled", "must be a switch", "yes", "true, false"]],
  ["days with a unit", { retentionDays: "15d" }, ["monitoring.retentionDays", "must be a whole number in its range", "15d", "1 to 3650"]],
  ["no scrapes", { scrapeIntervalSeconds: 0 }, ["monitoring.scrapeIntervalSeconds", "must be a whole number in its range", 0, "1 to 300"]],
  ["a folder outside the project", { rules: "../rules" }, ["monitoring.rules", "must name a folder of this project", "../rules", "a relative path that stays below the project's root"]],
  ["an absolute folder", { rules: "/rules" }, ["monitoring.rules", "must name a folder of this project", "/rules", "a relative path that stays below the project's root"]],
  ["too little memory", { memoryMib: { cadvisor: 1 } }, ["monitoring.memoryMib.cadvisor", "must be a whole number in its range", 1, "16 to 65536"]],
])("refuses %s", (_what, raw, problem) => {
  expect(problemsOf(raw)).toEqual([problem]);
});

it("refuses memory for what is no service", () => {
  expect(problemsOf({ memoryMib: { loki: 64 } }).map(([key]) => key)).toEqual(["monitoring.memoryMib.loki"]);
  expect(problemsOf({ memoryMib: 64 }).map(([key]) => key)).toEqual(["monitoring.memoryMib"]);
});
