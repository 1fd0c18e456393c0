import { expect, it } from "vitest";
import { parseTopology } from "../../config.ts";
import { sitesOf } from "../endpoints.ts";
import { monitoringSiteOf } from "./endpoints.ts";
import { prometheusConfig } from "./prometheus.ts";
import { scrapeJobs } from "./scrape-config.ts";

function topologyOf(change: Record<string, unknown> = {}) {
  const topology = parseTopology({ hub: { code: "USA" }, spokes: [{ code: "FRA" }, { code: "DEU" }], namePrefix: "x-", ...change }, "dev", "/clone");
  const { hub, spokes } = sitesOf(topology);
  return { monitoring: monitoringSiteOf(topology), sites: [hub!, ...spokes], containers: false, grafana: false };
}
const targetsOf = (jobs: ReturnType<typeof scrapeJobs>, name: string) => jobs.find(({ job_name }) => job_name === name)!.static_configs.flatMap(({ targets }) => targets);

it("scrapes every service of every instance, by verified TLS", () => {
  const jobs = scrapeJobs(topologyOf());
  expect(targetsOf(jobs, "backend")).toEqual(["x-dive-hub-backend:4000", "x-dive-spoke-fra-backend:4000", "x-dive-spoke-deu-backend:4000"]);
  expect(targetsOf(jobs, "kas")).toHaveLength(3);
  expect(targetsOf(jobs, "postgres")).toContain("x-dive-spoke-deu-postgres:5432/orchestration");
  expect(targetsOf(jobs, "redis")).toContain("rediss://monitor@x-dive-hub-blacklist-redis:6379");
  expect(targetsOf(jobs, "redis")).toHaveLength(4);
  for (const job of jobs.filter(({ job_name }) => !["prometheus", "alertmanager"].includes(job_name))) expect(job, job.job_name).toMatchObject({ scheme: "https", tls_config: { ca_file: "/run/dive/ca.crt" } });
  expect(JSON.stringify(jobs)).not.toContain("insecure");
});

it("names a target once, and each with its instance and service", () => {
  const all = scrapeJobs({ ...topologyOf(), containers: true, grafana: true });
  const targets = all.flatMap(({ job_name, static_configs }) => static_configs.flatMap(({ targets }) => targets.map((target) => `${job_name} ${target}`)));
  expect(new Set(targets).size).toBe(targets.length);
  for (const { static_configs } of all) for (const { labels } of static_configs) expect(labels).toMatchObject({ instance: expect.stringMatching(/^([A-Z]{3}|shared)$/), service: expect.any(String) });
  expect(all.map(({ job_name }) => job_name)).toEqual(expect.arrayContaining(["cadvisor", "grafana"]));
});

it("speaks plain HTTP on the loopback address only, and elsewhere signs in", () => {
  const alertmanagerOf = (change: Record<string, unknown>) => {
    const config = JSON.parse(prometheusConfig(topologyOf(change), 15, [])) as { alerting: { alertmanagers: [{ scheme: string; basic_auth?: object }] }; scrape_configs: { job_name: string; scheme?: string; basic_auth?: object }[] };
    return [config.alerting.alertmanagers[0], config.scrape_configs.find(({ job_name }) => job_name === "prometheus")!] as const;
  };
  for (const server of alertmanagerOf({})) expect(server.basic_auth).toBeUndefined();
  for (const server of alertmanagerOf({ bindAddress: "10.0.0.7" })) expect(server).toMatchObject({ scheme: "https", basic_auth: { username: "monitoring", password_file: "/run/dive/login-password" } });
});

it("gives a scrape no more time than there is between two", () => {
  expect(JSON.parse(prometheusConfig(topologyOf(), 2, ["a.rules.yml"]))).toMatchObject({ rule_files: ["/run/dive/a.rules.yml"], global: { scrape_interval: "2s", scrape_timeout: "2s", evaluation_interval: "2s" } });
  expect(JSON.parse(prometheusConfig(topologyOf(), 60, []))).toMatchObject({ global: { scrape_timeout: "10s" } });
});
