import { history, lines, numbers, red, unit, type BoardModel } from "../model.ts";

/** `dive-v3-overview`: the federation at one glance. */
export const overview: BoardModel = {
  title: "DIVE V3 overview",
  description: "What answers, what fires, how fast.",
  rows: [
    {
      title: "Now",
      panels: [
        numbers("Alerts that fire", "Critical ones and warnings, the ever firing Watchdog left out", unit.count, 'sum by (severity) (ALERTS{alertstate="firing", severity=~"critical|warning"}) or label_replace(vector(0), "severity", "none", "", "")', "{{severity}}", { red: red.slow }),
        numbers("Targets that cannot be scraped", "Nothing is known of these", unit.count, "count(up == 0) or vector(0)", "targets", { red: red.slow, alert: "TargetDown" }),
        numbers("Backends and KAS", "1 answers Prometheus, 0 does not", unit.count, 'min by (instance, service) (up{job=~"backend|kas", instance=~"$instance"})', "{{instance}} {{service}}", { red: red.down, states: "upDown", alert: "BackendAPIDown" }),
        numbers("Links", "up: both ends know that people of the source can sign in at the target", unit.count, 'min by (source, target) (dive_v3_federation_link_up{instance=~"$instance"})', "{{source}} to {{target}}", { red: red.down, states: "upDown", alert: "FederationLinkDown" }),
      ],
    },
    {
      title: "Traffic, probes of health left out",
      panels: [
        lines("Requests", "Requests answered a second", unit.requestsPerSecond, 'instance_service:dive_v3_http_requests:rate5m{instance=~"$instance"}', "{{instance}} {{service}}"),
        lines("Errors", "Share of requests answered with 5xx", unit.ratio, 'instance_service:dive_v3_http_errors:ratio_rate5m{instance=~"$instance"}', "{{instance}} {{service}}", { red: red.errors, alert: "HighErrorRate" }),
        lines("Latency", "95 % of the requests are answered sooner", unit.seconds, 'instance_service:dive_v3_http_request_duration_seconds:p95_5m{instance=~"$instance"}', "{{instance}} {{service}}", { red: red.slow, alert: "HighRequestLatency" }),
        lines("Busiest routes", "Requests a second, the five busiest", unit.requestsPerSecond, 'topk(5, sum by (service, route) (rate(dive_v3_http_requests_total{instance=~"$instance", route!~"/metrics|/health.*|/ready|/live"}[$__rate_interval])))', "{{service}} {{route}}"),
      ],
    },
    {
      title: "Parts",
      panels: [
        history("Parts as services see them", "Each part of an instance, as its backend or KAS sees it", 'min by (instance, component) (dive_v3_service_health{instance=~"$instance"})', "{{instance}} {{component}}", "upDown", "ServiceUnhealthy"),
        lines("Answers of parts", "Seconds that the last check of a part took", unit.seconds, 'max by (instance, component) (dive_v3_service_response_seconds{instance=~"$instance"})', "{{instance}} {{component}}", { red: red.slow, alert: "ServiceUnhealthy" }),
        history("Circuits to parts", "An open circuit is not asked until its cool-down is over", 'max by (instance, service) (dive_v3_circuit_breaker_state{circuit="", instance=~"$instance"})', "{{instance}} to {{service}}", "circuit", "CircuitBreakerOpen"),
        lines("Lateness of event loops", "How late a service reacts, 99 % of the time at most", unit.seconds, 'max by (instance, service) (nodejs_eventloop_lag_p99_seconds{instance=~"$instance"})', "{{instance}} {{service}}", { red: { from: 0.5 }, alert: "EventLoopBlocked" }),
      ],
    },
  ],
};
