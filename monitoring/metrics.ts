/** Every metric that rules and dashboards may name, by what tells it. A name that is not here is told by nobody. */

/** What tells metrics: a file of ours that registers them, or a program that brings its own. */
export interface MetricSource {
  /** File of this project, relative to its root; or the program's name. */
  readonly source: string;
  /** Whether {@link source} is a file that holds the names. */
  readonly ours: boolean;
  /** Counters and gauges. */
  readonly metrics: readonly string[];
  /** Each is told as `_bucket`, `_sum` and `_count`. */
  readonly histograms?: readonly string[];
}

/** The sources. The names of services and queries of ours are compared with their files by a test, all of them with a live stack by another. */
export const metricSources: readonly MetricSource[] = [
  {
    source: "services/common/telemetry/metrics.ts",
    ours: true,
    metrics: [
      "dive_v3_service_health",
      "dive_v3_service_response_seconds",
      "dive_v3_http_requests_total",
      "dive_v3_invalid_tokens_total",
      "dive_v3_cache_operations_total",
      "dive_v3_db_connections_active",
      "dive_v3_db_connections_idle",
      "dive_v3_db_connections_max",
    ],
    histograms: ["dive_v3_http_request_duration_seconds"],
  },
  { source: "services/common/telemetry/certificate-expiry.ts", ours: true, metrics: ["dive_v3_certificate_expiry_seconds"] },
  { source: "services/common/breaker/state-gauge.ts", ours: true, metrics: ["dive_v3_circuit_breaker_state"] },
  { source: "services/common/revocation/metrics.ts", ours: true, metrics: ["dive_v3_revocation_view_age_seconds", "dive_v3_revocations_total"] },
  {
    source: "services/backend/federation/metrics.ts",
    ours: true,
    metrics: ["dive_v3_federation_link_up", "dive_v3_federation_verification_success", "dive_v3_idp_configured", "dive_v3_federation_latency_seconds"],
  },
  { source: "services/backend/resources/metrics.ts", ours: true, metrics: ["dive_v3_authorization_decisions_total"], histograms: ["dive_v3_authorization_latency_seconds"] },
  { source: "services/kas/metrics.ts", ours: true, metrics: ["dive_v3_kas_key_requests_total", "dive_v3_authorization_decisions_total"], histograms: ["dive_v3_kas_request_duration_seconds"] },
  { source: "services/alert-receiver/metrics.ts", ours: true, metrics: ["dive_v3_alerts_received_total"] },
  { source: "monitoring/postgres-queries.yml", ours: true, metrics: ["dive_v3_deployment_state", "dive_v3_deployment_duration_seconds", "dive_v3_deployments_recorded"] },
  { source: "prom-client", ours: false, metrics: ["nodejs_eventloop_lag_p99_seconds", "process_resident_memory_bytes"] },
  {
    source: "PostgreSQL exporter",
    ours: false,
    metrics: ["pg_up", "pg_database_size_bytes", "pg_stat_database_deadlocks", "pg_stat_database_xact_commit", "pg_stat_database_xact_rollback"],
  },
  {
    source: "Redis exporter",
    ours: false,
    metrics: [
      "redis_up",
      "redis_memory_used_bytes",
      "redis_memory_max_bytes",
      "redis_commands_processed_total",
      "redis_connected_clients",
      "redis_rejected_connections_total",
      "redis_db_keys",
      "redis_evicted_keys_total",
      "redis_aof_last_write_status",
      "redis_rdb_last_bgsave_status",
      "redis_acl_access_denied_auth_total",
      "redis_acl_access_denied_cmd_total",
      "redis_acl_access_denied_key_total",
      "redis_acl_access_denied_channel_total",
    ],
  },
  {
    source: "node exporter",
    ours: false,
    metrics: ["node_cpu_seconds_total", "node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes", "node_filesystem_avail_bytes", "node_filesystem_size_bytes", "node_filesystem_readonly"],
  },
  {
    source: "cAdvisor",
    ours: false,
    metrics: ["container_health_state", "container_start_time_seconds", "container_cpu_usage_seconds_total", "container_memory_working_set_bytes", "container_spec_memory_limit_bytes"],
  },
  {
    source: "Prometheus",
    ours: false,
    metrics: ["up", "scrape_duration_seconds", "ALERTS", "prometheus_notifications_alertmanagers_discovered", "prometheus_rule_evaluation_failures_total"],
  },
  { source: "Alertmanager", ours: false, metrics: ["alertmanager_notifications_failed_total"] },
];

/** The names as Prometheus has them. */
export function emittedMetrics(): ReadonlySet<string> {
  return new Set(metricSources.flatMap(({ metrics, histograms = [] }) => [...metrics, ...histograms.flatMap((name) => ["_bucket", "_sum", "_count"].map((suffix) => name + suffix))]));
}
