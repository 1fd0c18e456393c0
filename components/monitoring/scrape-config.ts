/** What Prometheus scrapes: every service of every instance, derived from the topology. */
import { containerPorts, hostOf, type Site } from "../endpoints.ts";
import { filesPath } from "../workload.ts";
import { monitoringAddress, monitoringContainerPorts, monitoringInstance, schemeOf, type MonitoringSite } from "./endpoints.ts";

/** One entry of `scrape_configs`, as Prometheus' configuration file has it. */
export interface ScrapeJob {
  readonly job_name: string;
  readonly scheme?: "http" | "https";
  readonly metrics_path?: string;
  readonly honor_labels?: boolean;
  readonly tls_config?: { readonly ca_file: string };
  readonly basic_auth?: { readonly username: string; readonly password_file: string };
  readonly metric_relabel_configs?: readonly Readonly<Record<string, unknown>>[];
  readonly relabel_configs?: readonly Readonly<Record<string, unknown>>[];
  readonly static_configs: readonly { readonly targets: readonly string[]; readonly labels: Readonly<Record<string, string>> }[];
}

/** What there is to scrape. */
export interface ScrapeTopology {
  readonly monitoring: MonitoringSite;
  /** Every instance, the hub first. */
  readonly sites: readonly Site[];
  /** Whether cAdvisor runs. */
  readonly containers: boolean;
  /** Whether Grafana runs. */
  readonly grafana: boolean;
}

/** Who may ask Redis, and nothing more, for its figures. */
export const redisMonitor = "monitor";

/** How Prometheus checks every server: by the stack's authority. */
export const trust = { ca_file: `${filesPath}/ca.crt` } as const;

/** How Prometheus signs in to what is published beyond this machine. */
export const login = { username: "monitoring", password_file: `${filesPath}/login-password` } as const;

/**
 * The jobs. Each target carries `instance` (code, or `shared`) and `service`. Backends and KAS label some metrics themselves (the instance
 * that a circuit leads to, the service that it guards): those win (honor_labels), and `site` says whose service told it.
 */
export function scrapeJobs({ monitoring, sites, containers, grafana }: ScrapeTopology): ScrapeJob[] {
  const own = (service: "backend" | "kas"): ScrapeJob => ({
    job_name: service,
    scheme: "https",
    honor_labels: true,
    tls_config: trust,
    static_configs: sites.map((site) => ({ targets: [`${hostOf(site, service)}:${containerPorts[service]}`], labels: { instance: site.code, service, site: site.code } })),
  });
  const shared = (service: "node-exporter" | "cadvisor" | "postgres-exporter" | "redis-exporter", tls: boolean): ScrapeJob => ({
    job_name: service,
    ...(tls ? { scheme: "https", tls_config: trust } : {}),
    static_configs: [{ targets: [monitoringAddress(monitoring, service)], labels: { instance: monitoringInstance, service } }],
  });
  const published = (service: "prometheus" | "alertmanager" | "grafana" | "alert-receiver"): ScrapeJob => {
    const scheme = schemeOf(monitoring, service);
    const protectedByLogin = monitoring.exposed && service !== "alert-receiver";
    // Prometheus asks itself where no network is in between.
    const address = service === "prometheus" ? `localhost:${monitoringContainerPorts.prometheus}` : monitoringAddress(monitoring, service);
    return {
      job_name: service,
      ...(scheme === "https" ? { scheme, tls_config: trust } : {}),
      ...(protectedByLogin ? { basic_auth: login } : {}),
      static_configs: [{ targets: [address], labels: { instance: monitoringInstance, service } }],
    };
  };
  return [
    own("backend"),
    own("kas"),
    {
      ...through("postgres", monitoringAddress(monitoring, "postgres-exporter"), "/probe"),
      // The deployment record names the instance itself.
      honor_labels: true,
      static_configs: sites.map((site) => ({
        targets: [`${hostOf(site, "postgres")}:${containerPorts.postgres}/orchestration`],
        labels: { instance: site.code, service: "postgres", __param_auth_module: site.code },
      })),
    },
    {
      ...through("redis", monitoringAddress(monitoring, "redis-exporter"), "/scrape"),
      static_configs: redisServers(sites).map(({ site, service, url }) => ({ targets: [url], labels: { instance: site.code, service } })),
    },
    shared("postgres-exporter", true),
    shared("redis-exporter", true),
    shared("node-exporter", true),
    ...(containers ? [{ ...shared("cadvisor", false), metric_relabel_configs: ownContainers(monitoring) }] : []),
    published("prometheus"),
    published("alertmanager"),
    published("alert-receiver"),
    ...(grafana ? [published("grafana")] : []),
  ];
}

/** Every Redis with the address under which the exporter asks it. */
export function redisServers(sites: readonly Site[]): { site: Site; service: "redis" | "blacklist-redis"; url: string }[] {
  const server = (site: Site, service: "redis" | "blacklist-redis") => ({ site, service, url: `rediss://${redisMonitor}@${hostOf(site, service)}:${containerPorts.redis}` });
  return [...sites.map((site) => server(site, "redis")), ...sites.filter(({ role }) => role === "hub").map((site) => server(site, "blacklist-redis"))];
}

/** A job whose targets an exporter asks: it gets the target as a parameter, and is the address that is called. */
function through(job_name: string, exporter: string, metrics_path: string): Omit<ScrapeJob, "static_configs"> {
  return {
    job_name,
    scheme: "https",
    metrics_path,
    tls_config: trust,
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "__param_target" },
      { target_label: "__address__", replacement: exporter },
    ],
  };
}

/** cAdvisor tells of every container of the host: this stack's are kept, named by instance and service like everything else. */
function ownContainers({ root, stack }: MonitoringSite): ScrapeJob["metric_relabel_configs"] {
  const label = (name: string) => `container_label_dive_${name}`;
  return [
    { action: "keep", source_labels: [label("root"), label("stack")], regex: escapeExpression(`${root};${stack}`) },
    ...["instance", "service"].map((name) => ({ source_labels: [label(name)], target_label: name })),
    { action: "labeldrop", regex: "container_label_.*|id|image" },
  ];
}

function escapeExpression(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
