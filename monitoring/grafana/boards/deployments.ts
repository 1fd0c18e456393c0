import { history, lines, numbers, red, table, unit, type BoardModel } from "../model.ts";

const chosen = 'instance=~"$instance"';

/** `deployments`: what the record of each instance says, and what they leave running. */
export const deployments: BoardModel = {
  title: "Deployments",
  description: "What the deployment record of each instance says, and what deployments leave running.",
  rows: [
    {
      title: "Record",
      panels: [
        table("Last deployment", "Its state", unit.count, `max by (instance, state) (dive_v3_deployment_state{${chosen}} == 1)`, "", { alert: "SpokeDeploymentFailed" }),
        numbers("Duration of the last one", "Or what it has taken so far", unit.seconds, `max by (instance) (dive_v3_deployment_duration_seconds{${chosen}})`, "{{instance}}", { red: { from: 600 }, alert: "DeploymentDurationHigh" }),
        table("Deployments on record", "By how they ended; a record is kept a year", unit.count, `sum by (instance, operation, state) (dive_v3_deployments_recorded{${chosen}})`, ""),
        lines("Deployments that did not complete", "On record", unit.count, `instance:dive_v3_deployments_failed:sum{${chosen}}`, "{{instance}}", { alert: "DeploymentInterrupted" }),
      ],
    },
    {
      title: "Objective: 95 % complete",
      panels: [
        lines("Did not complete", "Share of the deployments of six hours", unit.ratio, "dive:dive_v3_deployments_failed:ratio_6h", "6 h", { red: { from: 0.3 }, alert: "DeploymentErrorBudgetBurnFast" }),
        numbers("Did not complete within three days", "Share of the deployments", unit.ratio, "dive:dive_v3_deployments_failed:ratio_3d", "3 d", { red: { from: 0.05 }, alert: "DeploymentErrorBudgetBurnSlow" }),
      ],
    },
    {
      title: "Containers, where cAdvisor runs",
      panels: [
        history("Health", "Docker's own check", `min by (name) (container_health_state{instance=~"$instance|shared"} != -1)`, "{{name}}", "container", "DIVEContainerUnhealthy"),
        lines("Processor", "Processors that a container uses, the ten busiest", unit.count, 'topk(10, sum by (name) (rate(container_cpu_usage_seconds_total{instance=~"$instance|shared"}[$__rate_interval])))', "{{name}}"),
        lines("Memory", "Share of its limit, the ten fullest", unit.ratio, 'topk(10, max by (name) (container_memory_working_set_bytes{instance=~"$instance|shared"} / (container_spec_memory_limit_bytes{instance=~"$instance|shared"} > 0)))', "{{name}}", { red: red.full, alert: "ContainerMemoryHigh" }),
      ],
    },
  ],
};
