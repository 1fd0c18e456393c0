import { history, lines, red, table, unit, type BoardModel } from "../model.ts";

/** `cache-performance`: the cache of signing keys. Decisions are never cached. */
export const cache: BoardModel = {
  title: "Cache performance",
  description: "The cache of signing keys with which tokens are checked. Decisions are not cached.",
  rows: [
    {
      title: "Signing keys",
      panels: [
        lines("Found", "Share of the looks that found the key", unit.ratio, 'sum by (instance, service) (rate(dive_v3_cache_operations_total{result="hit", instance=~"$instance"}[$__rate_interval])) / sum by (instance, service) (rate(dive_v3_cache_operations_total{instance=~"$instance"}[$__rate_interval]))', "{{instance}} {{service}}"),
        lines("Looks", "A second: hit, miss (fetched then) or failure", unit.perSecond, 'sum by (instance, service, result) (rate(dive_v3_cache_operations_total{instance=~"$instance"}[$__rate_interval]))', "{{instance}} {{service}} {{result}}"),
        table("Failures", "Within an hour: a key was needed and could not be fetched, so nobody was let in", unit.count, 'sum by (instance, service) (increase(dive_v3_cache_operations_total{result="failure", instance=~"$instance"}[1h]))', "", { red: red.anything, alert: "KeycloakDegraded" }),
        history("Freshness", "down: the keys are older than their bound and cannot be renewed", 'min by (instance, service) (dive_v3_service_health{component="cache", instance=~"$instance"})', "{{instance}} {{service}}", "upDown", "ServiceUnhealthy"),
      ],
    },
    {
      title: "What misses cost",
      panels: [
        lines("Answers of Keycloak", "Seconds that the last check took", unit.seconds, 'max by (instance) (dive_v3_service_response_seconds{component="keycloak", instance=~"$instance"})', "{{instance}}", { red: red.slow, alert: "KeycloakDegraded" }),
        lines("Memory of services", "Resident, with all that is cached", unit.bytes, 'max by (instance, service) (process_resident_memory_bytes{job=~"backend|kas", instance=~"$instance"})', "{{instance}} {{service}}"),
      ],
    },
  ],
};
