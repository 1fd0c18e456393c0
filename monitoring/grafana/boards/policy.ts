import { history, lines, numbers, red, unit, type BoardModel } from "../model.ts";

/** `opal-policy-distribution`, by the name that operators know: what is distributed here are OPA's signed bundles. */
export const policy: BoardModel = {
  title: "Policy distribution",
  description: "OPA of each instance and the signed bundle that it decides by. A bundle that is not what was signed ends OPA; a new one replaces its container.",
  rows: [
    {
      title: "Bundles",
      panels: [
        history("OPA decides", "Up: it has verified its bundle and answers backend and KAS", 'min by (instance) (dive_v3_service_health{component="opa", instance=~"$instance"})', "{{instance}}", "upDown", "OPADown"),
        numbers("Bundle in force since", "OPA reads its bundle when its container starts; where cAdvisor runs", unit.ago, 'max by (instance) (container_start_time_seconds{service="opa", instance=~"$instance"}) * 1000', "{{instance}}"),
        numbers("Age between the oldest and the newest bundle", "0 s: all instances got theirs at once; where cAdvisor runs", unit.seconds, 'max(container_start_time_seconds{service="opa", instance=~"$instance"}) - min(container_start_time_seconds{service="opa", instance=~"$instance"})', "seconds"),
      ],
    },
    {
      title: "Use",
      panels: [
        lines("Decisions", "A second, by instance", unit.perSecond, 'sum by (instance) (instance_decision:dive_v3_authorization_decisions:rate5m{instance=~"$instance"})', "{{instance}}"),
        lines("Slowest twentieth", "95 % of the decisions come sooner", unit.seconds, 'instance:dive_v3_authorization_latency_seconds:p95_5m{instance=~"$instance"}', "{{instance}}", { red: { from: 0.2 }, alert: "AuthorizationLatencyHigh" }),
        history("Circuits to OPA", "An open circuit is not asked, and what needs a decision is refused", 'max by (instance, job) (dive_v3_circuit_breaker_state{service="opa", instance=~"$instance"})', "{{instance}} from {{job}}", "circuit", "CircuitBreakerOpen"),
        lines("Memory of OPA", "Share of its limit; where cAdvisor runs", unit.ratio, 'max by (instance) (container_memory_working_set_bytes{service="opa", instance=~"$instance"} / (container_spec_memory_limit_bytes{service="opa", instance=~"$instance"} > 0))', "{{instance}}", { red: red.full, alert: "ContainerMemoryHigh" }),
      ],
    },
  ],
};
