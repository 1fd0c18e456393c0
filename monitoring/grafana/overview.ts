/** The federation at one glance: what answers, what fires, how fast. */
import { DashboardBuilder, QueryVariableBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { datasource, lines, numbers, withPanels } from "./panels.ts";

/** `dive-v3-overview`. */
export function overview(): object {
  const instance = new QueryVariableBuilder("instance").datasource(datasource).query('label_values(up{job="backend"}, instance)').multi(true).includeAll(true).allValue(".*");
  const board = new DashboardBuilder("DIVE V3 overview").uid("dive-v3-overview").tags(["dive"]).refresh("30s").time({ from: "now-1h", to: "now" }).withVariable(instance);
  return withPanels(board, [
    numbers({ title: "Parts that answer", description: "1 answers, 0 does not, by instance and part, as its backend and KAS see it", query: 'min by (instance, component) (dive_v3_service_health{instance=~"$instance"})', legend: "{{instance}} {{component}}", unit: "short", red: { below: 1 } }),
    numbers({ title: "Links", description: "1: people of the source can sign in at the target", query: "max by (source, target) (dive_v3_federation_link_up)", legend: "{{source}} to {{target}}", unit: "short", red: { below: 1 } }),
    numbers({ title: "Targets that cannot be scraped", description: "Nothing is known of these", query: "count(up == 0) or vector(0)", legend: "targets", unit: "short", red: { from: 1 } }),
    lines({ title: "Requests", description: "Requests answered a second, by service", query: 'sum by (instance, service) (rate(dive_v3_http_requests_total{instance=~"$instance"}[5m]))', legend: "{{instance}} {{service}}", unit: "reqps" }),
    lines({ title: "Slowest twentieth of requests", description: "95 % of requests are answered sooner", query: 'histogram_quantile(0.95, sum by (le, instance, service) (rate(dive_v3_http_request_duration_seconds_bucket{instance=~"$instance"}[5m])))', legend: "{{instance}} {{service}}", unit: "s", red: { from: 1 } }),
    lines({ title: "Decisions", description: "What policy decided, a second", query: 'sum by (instance, decision) (rate(dive_v3_authorization_decisions_total{instance=~"$instance"}[5m]))', legend: "{{instance}} {{decision}}", unit: "ops" }),
    lines({ title: "Age of the revocation view", description: "From 5 s on only what is UNCLASSIFIED is served", query: 'max by (instance, service) (dive_v3_revocation_view_age_seconds{instance=~"$instance"})', legend: "{{instance}} {{service}}", unit: "s", red: { from: 5 } }),
  ]).build();
}
