import { lines, numbers, red, table, unit, type BoardModel } from "../model.ts";

/** `authorization-decisions`: what the policy decided, why, and how fast. */
export const authorization: BoardModel = {
  title: "Authorization decisions",
  description: "What the policy decided, why, and how fast.",
  rows: [
    {
      title: "Decisions",
      panels: [
        lines("Decisions", "A second, by what was decided", unit.perSecond, 'instance_decision:dive_v3_authorization_decisions:rate5m{instance=~"$instance"}', "{{instance}} {{decision}}"),
        lines("Share that denies", "Of all decisions", unit.ratio, 'sum by (instance) (instance_decision:dive_v3_authorization_decisions:rate5m{decision="deny", instance=~"$instance"} or 0 * instance_decision:dive_v3_authorization_decisions:rate5m{instance=~"$instance"}) / sum by (instance) (instance_decision:dive_v3_authorization_decisions:rate5m{instance=~"$instance"})', "{{instance}}", { red: { from: 0.5 }, alert: "HighDenialRate" }),
        numbers("Requests without a decision", "Within an hour: refused, for nobody could decide", unit.count, 'sum(increase(dive_v3_authorization_decisions_total{decision="unavailable", instance=~"$instance"}[1h])) or vector(0)', "requests", { red: red.anything, alert: "AuthorizationUnavailable" }),
        table("Reasons of denials", "Within an hour", unit.count, 'sum by (instance, service, reason) (increase(dive_v3_authorization_decisions_total{decision="deny", instance=~"$instance"}[1h]))', ""),
      ],
    },
    {
      title: "Speed",
      panels: [
        lines("Slowest twentieth", "95 % of the decisions come sooner", unit.seconds, 'instance:dive_v3_authorization_latency_seconds:p95_5m{instance=~"$instance"}', "{{instance}}", { red: { from: 0.2 }, alert: "AuthorizationLatencyHigh" }),
        lines("Half of them", "The other half takes longer", unit.seconds, 'histogram_quantile(0.5, sum by (instance, le) (rate(dive_v3_authorization_latency_seconds_bucket{instance=~"$instance"}[$__rate_interval])))', "{{instance}}", { red: { from: 0.2 } }),
        lines("Answers of OPA", "Seconds that the last check of OPA took", unit.seconds, 'max by (instance, service) (dive_v3_service_response_seconds{component="opa", instance=~"$instance"})', "{{instance}} from {{service}}", { red: red.slow, alert: "OPADown" }),
      ],
    },
  ],
};
