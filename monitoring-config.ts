/** The settings of the monitoring stack, `monitoring` in a stack's configuration. */
import { parseAlertReceivers, type AlertReceivers, type AlertSecrets } from "./alert-receivers-config.ts";
import type { ReportProblem } from "./policy-config.ts";

/** The services of the monitoring stack whose memory can be set. */
export const monitoringServices = ["prometheus", "alertmanager", "grafana", "alert-receiver", "postgres-exporter", "redis-exporter", "node-exporter", "cadvisor"] as const;

/** One of {@link monitoringServices}. */
export type MonitoringService = (typeof monitoringServices)[number];

/** A monitoring stack as configured, every default filled in. */
export interface MonitoringConfig {
  /** Run Grafana. Default: true; `./dive` says false where its image cannot be had. */
  readonly grafana: boolean;
  /** Run cAdvisor, which needs Docker's API and so could do to the host whatever Docker can. Default: false. */
  readonly containers: boolean;
  /** Days that Prometheus keeps its data. Default: 15. */
  readonly retentionDays: number;
  /** MiB of disk above which Prometheus drops its oldest data. Default: 2048. */
  readonly retentionMib: number;
  /** Seconds between two scrapes of a target, and between two evaluations of the rules. Default: 15. */
  readonly scrapeIntervalSeconds: number;
  /** Seconds that Alertmanager waits for more alerts of a group before it tells of the first one. Default: 30. */
  readonly groupWaitSeconds: number;
  /** Seconds between two notifications of a group, so also until the end of an alert is told. Default: 300. */
  readonly groupIntervalSeconds: number;
  /** Folder of the rule files (`*.rules.yml`), below the project's root. Default: `monitoring/rules`. */
  readonly rules: string;
  /** Who is told besides the stack's own receiver. Default: nobody. */
  readonly receivers: AlertReceivers;
  /** MiB of each service; the container is killed above it. */
  readonly memoryMib: Readonly<Record<MonitoringService, number>>;
}

const defaultMemoryMib: MonitoringConfig["memoryMib"] = {
  prometheus: 256,
  alertmanager: 64,
  grafana: 256,
  "alert-receiver": 128,
  "postgres-exporter": 64,
  "redis-exporter": 64,
  "node-exporter": 64,
  cadvisor: 160,
};

const keys = ["enabled", "grafana", "containers", "retentionDays", "retentionMib", "scrapeIntervalSeconds", "groupWaitSeconds", "groupIntervalSeconds", "rules", "receivers", "memoryMib"] as const;
const ranges = { retentionDays: [1, 3_650, 15], retentionMib: [64, 1_048_576, 2_048], scrapeIntervalSeconds: [1, 300, 15], groupWaitSeconds: [1, 3_600, 30], groupIntervalSeconds: [1, 86_400, 300] } as const;
const memoryRange = [16, 65_536] as const;

/** Checks the settings. @param secrets of the receivers. Default: none @returns undefined when monitoring is switched off */
export function parseMonitoringConfig(raw: unknown, report: ReportProblem, secrets: AlertSecrets = {}): MonitoringConfig | undefined {
  const allowed = `{${keys.map((key) => `${key}?`).join(", ")}}`;
  if (!isRecord(raw)) return void report("monitoring", "must be an object", raw, allowed);
  for (const name of Object.keys(raw).filter((name) => !(keys as readonly string[]).includes(name))) report(`monitoring.${name}`, "is not a setting of the monitoring stack", raw[name], allowed);
  const flag = (name: "enabled" | "grafana" | "containers", standard: boolean): boolean => {
    const value = raw[name] ?? standard;
    if (typeof value !== "boolean") report(`monitoring.${name}`, "must be a switch", value, "true, false");
    return value === true;
  };
  const number = (name: keyof typeof ranges): number => {
    const [least, most, standard] = ranges[name];
    return wholeNumber(`monitoring.${name}`, raw[name] ?? standard, least, most, report);
  };
  const rules = raw["rules"] ?? "monitoring/rules";
  if (typeof rules !== "string" || !/^[^/]/.test(rules) || rules.split("/").includes("..")) report("monitoring.rules", "must name a folder of this project", rules, "a relative path that stays below the project's root");
  const enabled = flag("enabled", true);
  const config: MonitoringConfig = {
    grafana: flag("grafana", true),
    containers: flag("containers", false),
    retentionDays: number("retentionDays"),
    retentionMib: number("retentionMib"),
    scrapeIntervalSeconds: number("scrapeIntervalSeconds"),
    groupWaitSeconds: number("groupWaitSeconds"),
    groupIntervalSeconds: number("groupIntervalSeconds"),
    rules: rules as string,
    receivers: parseAlertReceivers(raw["receivers"] ?? {}, secrets, report),
    memoryMib: { ...defaultMemoryMib, ...memory(raw["memoryMib"] ?? {}, report) },
  };
  return enabled ? config : undefined;
}

function memory(raw: unknown, report: ReportProblem): Partial<MonitoringConfig["memoryMib"]> {
  const allowed = `{${monitoringServices.map((name) => `${name}?`).join(", ")}}`;
  if (!isRecord(raw)) return report("monitoring.memoryMib", "must be an object", raw, allowed), {};
  for (const [name, value] of Object.entries(raw)) {
    if (!(monitoringServices as readonly string[]).includes(name)) report(`monitoring.memoryMib.${name}`, "is not a service of the monitoring stack", value, allowed);
    else wholeNumber(`monitoring.memoryMib.${name}`, value, ...memoryRange, report);
  }
  return raw as Partial<MonitoringConfig["memoryMib"]>;
}

function wholeNumber(key: string, value: unknown, least: number, most: number, report: ReportProblem): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) report(key, "must be a whole number in its range", value, `${least} to ${most}`);
  return value as number;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
