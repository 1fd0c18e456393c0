/** Prometheus: scrapes what the topology names, judges it by the rule files, and tells Alertmanager. */
import * as fs from "node:fs";
import * as path from "node:path";
import type * as docker from "@pulumi/docker";
import { filesPath, type Workload, type WorkloadFile } from "../workload.ts";
import { makeService, monitoringTlsFiles, type MonitoringContext } from "./context.ts";
import { monitoringAddress, monitoringContainerPorts, publicUrl, schemeOf } from "./endpoints.ts";
import { login, scrapeJobs, trust, type ScrapeTopology } from "./scrape-config.ts";
import { exposedWebConfig } from "./web-config.ts";

/** How a rule file is called. */
export const ruleFileSuffix = ".rules.yml";

/** Makes the server; `sharedNetwork` is where the instances' services are. */
export function makePrometheus(context: MonitoringContext, topology: ScrapeTopology, sharedNetwork: docker.Network): Workload {
  const { site, config } = context;
  const rules = readRuleFiles(path.join(site.root, config.rules));
  return makeService(context, "prometheus", {
    user: "65534:0",
    command: [
      `--config.file=${filesPath}/prometheus.yml`,
      "--storage.tsdb.path=/prometheus",
      `--storage.tsdb.retention.time=${config.retentionDays}d`,
      `--storage.tsdb.retention.size=${config.retentionMib}MiB`,
      `--web.listen-address=:${monitoringContainerPorts.prometheus}`,
      `--web.external-url=${publicUrl(site, "prometheus")}`,
      ...(site.exposed ? [`--web.config.file=${filesPath}/web.yml`] : []),
    ],
    // The collector of garbage starts in time, and not when the limit kills.
    environment: { GOMEMLIMIT: `${Math.floor(config.memoryMib.prometheus * 0.9)}MiB` },
    files: {
      "prometheus.yml": { content: prometheusConfig(topology, config.scrapeIntervalSeconds, Object.keys(rules)), mode: "0644" },
      ...rules,
      ...(site.exposed ? { ...monitoringTlsFiles(context), "web.yml": { content: exposedWebConfig(context.loginPassword) }, "login-password": { content: context.loginPassword } } : { "ca.crt": { content: context.authority.certificatePem, mode: "0644" } }),
    },
    dataPath: "/prometheus",
    networks: [sharedNetwork],
  });
}

/** The configuration file; JSON is YAML. @param ruleFiles by name: a pattern would find those of earlier deployments, which stay in the volume */
export function prometheusConfig(topology: ScrapeTopology, intervalSeconds: number, ruleFiles: readonly string[]): string {
  const { monitoring } = topology;
  const scheme = schemeOf(monitoring, "alertmanager");
  return JSON.stringify(
    {
      global: { scrape_interval: `${intervalSeconds}s`, scrape_timeout: `${Math.min(intervalSeconds, 10)}s`, evaluation_interval: `${intervalSeconds}s`, external_labels: { stack: monitoring.stack } },
      rule_files: ruleFiles.map((name) => `${filesPath}/${name}`),
      alerting: {
        alertmanagers: [
          {
            scheme,
            ...(scheme === "https" ? { tls_config: trust, basic_auth: login } : {}),
            static_configs: [{ targets: [monitoringAddress(monitoring, "alertmanager")] }],
          },
        ],
      },
      scrape_configs: scrapeJobs(topology),
    },
    undefined,
    2,
  );
}

/** The rule files of a folder. @throws Error when there is none: a monitoring stack that watches nothing would look healthy for ever */
export function readRuleFiles(folder: string): Record<string, WorkloadFile> {
  const names = fs.readdirSync(folder).filter((name) => name.endsWith(ruleFileSuffix)).sort();
  if (names.length === 0) throw new Error(`${folder} has no rule file (*${ruleFileSuffix}); dive:monitoring.rules names the folder`);
  return Object.fromEntries(names.map((name) => [name, { content: fs.readFileSync(path.join(folder, name), "utf8"), mode: "0644" }]));
}
