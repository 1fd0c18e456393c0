/** The exporters: PostgreSQL and Redis of every instance, the Docker host, and its containers. */
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type * as docker from "@pulumi/docker";
import type { Site } from "../endpoints.ts";
import type { DatabaseRole } from "../parts/postgres.ts";
import { filesPath, type Workload } from "../workload.ts";
import { makeService, monitoringTlsFiles, type MonitoringContext } from "./context.ts";
import { monitoringContainerPorts } from "./endpoints.ts";
import { redisServers } from "./scrape-config.ts";
import { exporterWebConfig } from "./web-config.ts";

/** An instance as the exporters see it. */
export interface MonitoredInstance {
  readonly site: Site;
  readonly privateNetwork: docker.Network;
  /** Reads the orchestration database. */
  readonly orchestrationReader: DatabaseRole;
  /** Of Redis' user `monitor`. */
  readonly redisMonitorPassword: pulumi.Output<string>;
}

const webConfig = { flag: `--web.config.file=${filesPath}/web.yml`, files: { "web.yml": { content: exporterWebConfig, mode: "0644" } } } as const;

/** PostgreSQL's figures and the deployments, each asked as the role that may only read the orchestration database. */
export function makePostgresExporter(context: MonitoringContext, instances: readonly MonitoredInstance[]): Workload {
  const modules = instances.map(({ site, orchestrationReader: { username, password } }) =>
    pulumi.output(password).apply((secret) => [site.code, { type: "userpass", userpass: { username, password: secret }, options: { sslmode: "verify-full", sslrootcert: `${filesPath}/ca.crt` } }] as const),
  );
  return makeService(context, "postgres-exporter", {
    user: "65534:0",
    command: [
      `--config.file=${filesPath}/postgres_exporter.yml`,
      `--extend.query-path=${filesPath}/queries.yml`,
      "--disable-settings-metrics",
      // Its function is not for a role that only reads.
      "--no-collector.wal",
      `--web.listen-address=:${monitoringContainerPorts["postgres-exporter"]}`,
      webConfig.flag,
    ],
    files: {
      ...monitoringTlsFiles(context),
      ...webConfig.files,
      "postgres_exporter.yml": { content: pulumi.secret(pulumi.all(modules).apply((entries) => JSON.stringify({ auth_modules: Object.fromEntries(entries) }))) },
      "queries.yml": { content: fs.readFileSync(path.join(context.site.root, "monitoring", "postgres-queries.yml"), "utf8"), mode: "0644" },
    },
    networks: instances.map(({ privateNetwork }) => privateNetwork),
  });
}

/** Redis' figures; `blacklistMonitorPassword` is that of the user `monitor` on the hub's blacklist. */
export function makeRedisExporter(context: MonitoringContext, instances: readonly MonitoredInstance[], blacklistMonitorPassword: pulumi.Output<string>, sharedNetwork: docker.Network): Workload {
  const passwordOf = (site: Site) => instances.find((instance) => instance.site === site)!.redisMonitorPassword;
  const passwords = redisServers(instances.map(({ site }) => site)).map(({ site, service, url }) =>
    pulumi.output(service === "redis" ? passwordOf(site) : blacklistMonitorPassword).apply((password) => [url, password] as const),
  );
  return makeService(context, "redis-exporter", {
    user: "59000:0",
    command: [
      `--web.listen-address=:${monitoringContainerPorts["redis-exporter"]}`,
      `--tls-server-cert-file=${filesPath}/tls.crt`,
      `--tls-server-key-file=${filesPath}/tls.key`,
      "--tls-server-min-version=TLS1.3",
      `--tls-ca-cert-file=${filesPath}/ca.crt`,
      `--redis.password-file=${filesPath}/passwords.json`,
      // There is no server of its own to ask.
      "--redis.addr=",
      // The user may not read the configuration, which holds passwords.
      "--config-command=-",
      "--set-client-name=false",
    ],
    files: {
      ...monitoringTlsFiles(context),
      "passwords.json": { content: pulumi.secret(pulumi.all(passwords).apply((entries) => JSON.stringify(Object.fromEntries(entries)))) },
    },
    networks: [...instances.map(({ privateNetwork }) => privateNetwork), sharedNetwork],
  });
}

/** The Docker host's processors, memory, disk and network. */
export function makeNodeExporter(context: MonitoringContext): Workload {
  return makeService(context, "node-exporter", {
    user: "65534:0",
    command: [
      "--path.procfs=/host/proc",
      "--path.sysfs=/host/sys",
      // The container's own root lies on the disk of Docker's data, which is the one that can fill: the host's files are not mounted for it.
      "--collector.filesystem.mount-points-include=^/$",
      "--collector.disable-defaults",
      ...["cpu", "diskstats", "filesystem", "loadavg", "meminfo", "netdev", "pressure", "stat", "time", "uname", "vmstat"].map((name) => `--collector.${name}`),
      `--web.listen-address=:${monitoringContainerPorts["node-exporter"]}`,
      webConfig.flag,
    ],
    files: { ...monitoringTlsFiles(context), ...webConfig.files },
    hostPaths: { "/host/proc": "/proc", "/host/sys": "/sys" },
  });
}

/** Where Docker's API is on its host, and where it keeps its containers. */
const dockerSocket = "/var/run/docker.sock";
const dockerData = "/var/lib/docker";

/**
 * Memory, processor and health of each container. It asks Docker, whose socket is root on the host for whoever holds it, and reads what
 * only root may read: it gets no capability, no secret, no published port and no network but the monitoring one, and runs only where
 * the configuration says so.
 */
export function makeCadvisor(context: MonitoringContext): Workload {
  return makeService(context, "cadvisor", {
    user: "0:0",
    command: [
      `--port=${monitoringContainerPorts.cadvisor}`,
      "--docker_only=true",
      "--store_container_labels=false",
      "--whitelisted_container_labels=dive.root,dive.stack,dive.instance,dive.service",
      "--enable_metrics=cpu,memory",
      "--housekeeping_interval=10s",
    ],
    hostPaths: { "/sys": "/sys", [dockerSocket]: dockerSocket, [dockerData]: dockerData },
  });
}
