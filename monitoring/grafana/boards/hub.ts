import { history, lines, numbers, red, table, unit, type BoardModel } from "../model.ts";

/** The hub is the instance that has the blacklist. */
const ofHub = 'and on (instance) up{job="redis", service="blacklist-redis"}';

/** `hub-overview`: the hub, on which every spoke depends, and the host. */
export const hub: BoardModel = {
  title: "Hub overview",
  description: "The instance that every spoke depends on, its databases, and the Docker host.",
  rows: [
    {
      title: "Hub",
      panels: [
        history("Parts of the hub", "As its backend and KAS see them", `min by (instance, component) (dive_v3_service_health) ${ofHub}`, "{{component}}", "upDown", "HubNotReady"),
        numbers("Blacklist", "The Redis with every revocation", unit.count, 'redis_up{service="blacklist-redis"}', "{{instance}}", { red: red.down, states: "upDown", alert: "BlacklistRedisDown" }),
        table("Spokes", "Instances whose backend is watched", unit.count, 'min by (instance) (up{job="backend"}) unless on (instance) up{job="redis", service="blacklist-redis"}', "", { states: "upDown", red: red.down }),
        lines("Requests to the hub", "Requests answered a second, probes of health left out", unit.requestsPerSecond, `instance_service:dive_v3_http_requests:rate5m ${ofHub}`, "{{service}}"),
      ],
    },
    {
      title: "Databases of the chosen instances",
      panels: [
        lines("Pools", "Share of a pool's connections in use", unit.ratio, 'max by (instance, service, type) (dive_v3_db_connections_active{instance=~"$instance"} / dive_v3_db_connections_max{instance=~"$instance"})', "{{instance}} {{service}} {{type}}", { red: red.full, alert: "DBConnectionPoolExhausted" }),
        lines("Idle connections", "Open and not in use", unit.count, 'sum by (instance, service, type) (dive_v3_db_connections_idle{instance=~"$instance"})', "{{instance}} {{service}} {{type}}"),
        numbers("PostgreSQL", "Whether it answers the exporter", unit.count, 'min by (instance) (pg_up{job="postgres", instance=~"$instance"})', "{{instance}}", { red: red.down, states: "upDown", alert: "OrchestrationDBDown" }),
        lines("Transactions", "Committed a second, by database", unit.perSecond, 'sum by (instance, datname) (rate(pg_stat_database_xact_commit{datname=~"orchestration|keycloak", instance=~"$instance"}[$__rate_interval]))', "{{instance}} {{datname}}"),
        lines("Sizes of databases", "On disk", unit.bytes, 'max by (instance, datname) (pg_database_size_bytes{datname=~"orchestration|keycloak", instance=~"$instance"})', "{{instance}} {{datname}}"),
      ],
    },
    {
      title: "Docker host",
      panels: [
        lines("Processor", "Share of all processors that is busy", unit.ratio, '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))', "busy", { red: red.full }),
        lines("Memory", "Share that is left", unit.ratio, "node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "left", { red: { below: 0.1 }, alert: "HostMemoryLow" }),
        lines("Disk", "Share that is left where Docker keeps its data", unit.ratio, 'node_filesystem_avail_bytes{mountpoint="/"} / node_filesystem_size_bytes{mountpoint="/"}', "{{mountpoint}}", { red: { below: 0.1 }, alert: "HostDiskFull" }),
        lines("Memory of containers", "Share of its limit that a container uses; where cAdvisor runs", unit.ratio, 'topk(10, max by (name) (container_memory_working_set_bytes{instance=~"$instance|shared"} / (container_spec_memory_limit_bytes{instance=~"$instance|shared"} > 0)))', "{{name}}", { red: red.full, alert: "ContainerMemoryHigh" }),
      ],
    },
  ],
};
