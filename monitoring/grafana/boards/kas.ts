import { history, lines, numbers, red, table, unit, type BoardModel } from "../model.ts";

/** `kas-dashboard`: one key access service after the other. */
export const kas: BoardModel = {
  title: "KAS",
  description: "Whether keys can be had, how fast, and who is refused.",
  rows: [
    {
      title: "Service",
      panels: [
        history("KAS", "Whether it answers Prometheus", 'min by (instance) (up{job="kas", instance=~"$instance"})', "{{instance}}", "upDown", "KASDown"),
        history("Its parts", "Without keys and OPA it gives out nothing", 'min by (instance, component) (dive_v3_service_health{job="kas", instance=~"$instance"})', "{{instance}} {{component}}", "upDown", "KASKeysUnavailable"),
      ],
    },
    {
      title: "Keys",
      panels: [
        lines("Keys asked for", "A second, by what became of them; refused: the request itself was not in order", unit.perSecond, 'instance_result:dive_v3_kas_key_requests:rate5m{instance=~"$instance"}', "{{instance}} {{result}}"),
        lines("Share that is denied", "Of all keys asked for", unit.ratio, 'sum by (instance) (instance_result:dive_v3_kas_key_requests:rate5m{result="deny", instance=~"$instance"} or 0 * instance_result:dive_v3_kas_key_requests:rate5m{instance=~"$instance"}) / sum by (instance) (instance_result:dive_v3_kas_key_requests:rate5m{instance=~"$instance"})', "{{instance}}", { red: { from: 0.5 }, alert: "KASDenialRateHigh" }),
        numbers("Keys that could not be given", "Within an hour, for a part did not answer", unit.count, 'sum(increase(dive_v3_kas_key_requests_total{result="unavailable", instance=~"$instance"}[1h])) or vector(0)', "keys", { red: red.anything, alert: "KASRequestsFailing" }),
        lines("Slowest twentieth", "95 % of the requests are answered sooner", unit.seconds, 'instance:dive_v3_kas_request_duration_seconds:p95_5m{instance=~"$instance"}', "{{instance}}", { red: { from: 0.5 }, alert: "KASLatencyHigh" }),
        table("Keys given", "Since the service began", unit.count, 'sum by (instance) (dive_v3_kas_key_requests_total{result="permit", instance=~"$instance"})', ""),
      ],
    },
  ],
};

/** `kas-federation`: what partners ask each other's key access services. */
export const kasFederation: BoardModel = {
  title: "KAS federation",
  description: "Keys across the federation: whose KAS answers, whom each backend reaches, and what stands between them.",
  rows: [
    {
      title: "Between instances",
      panels: [
        history("KAS of all instances", "A document whose KAS is down opens nowhere", 'min by (instance) (up{job="kas"})', "{{instance}}", "upDown", "KASDown"),
        history("KAS as their backends see them", "Whether the backend of an instance reaches its KAS", 'min by (instance) (dive_v3_service_health{job="backend", component="kas", instance=~"$instance"})', "{{instance}}", "upDown", "ServiceUnhealthy"),
        lines("Keys given", "A second, by instance", unit.perSecond, 'sum by (instance) (instance_result:dive_v3_kas_key_requests:rate5m{result="permit", instance=~"$instance"})', "{{instance}}"),
        lines("Requests that were not in order", "A second: token, proof of possession or form", unit.perSecond, 'sum by (instance) (instance_result:dive_v3_kas_key_requests:rate5m{result="refused", instance=~"$instance"}) or 0 * sum by (instance) (instance_result:dive_v3_kas_key_requests:rate5m{instance=~"$instance"})', "{{instance}}", { red: { from: 0.5 }, alert: "KASRequestsRefused" }),
      ],
    },
    {
      title: "What they need of each other",
      panels: [
        lines("Keys of issuers found in the cache", "Share; the rest was fetched from a Keycloak or failed", unit.ratio, 'sum by (instance) (rate(dive_v3_cache_operations_total{job="kas", result="hit", instance=~"$instance"}[$__rate_interval])) / sum by (instance) (rate(dive_v3_cache_operations_total{job="kas", instance=~"$instance"}[$__rate_interval]))', "{{instance}}"),
        lines("Age of the revocation view of the KAS", "Beyond 5 s it gives keys to what is UNCLASSIFIED only", unit.seconds, 'max by (instance) (dive_v3_revocation_view_age_seconds{job="kas", instance=~"$instance"})', "{{instance}}", { red: red.stale, alert: "RevocationViewStale" }),
        history("Circuits of backends to their KAS", "An open circuit is not asked until its cool-down is over", 'max by (instance) (dive_v3_circuit_breaker_state{job="backend", service="kas", instance=~"$instance"})', "{{instance}}", "circuit", "CircuitBreakerOpen"),
      ],
    },
  ],
};
