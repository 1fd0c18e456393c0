/** The dashboards, by their uid and file name: known without loading what draws them. */
export const dashboardNames = [
  "dive-v3-overview",
  "hub-overview",
  "authorization-decisions",
  "federation-metrics",
  "kas-dashboard",
  "kas-federation",
  "opal-policy-distribution",
  "cache-performance",
  "redis-dashboard",
  "compliance-overview",
  "deployments",
  "dive-runbook",
] as const;

/** One of {@link dashboardNames}. */
export type DashboardName = (typeof dashboardNames)[number];
