/** Names that are needed without loading what draws the dashboards. */

/** Uid of the data source, by which every panel names it. */
export const datasourceUid = "prometheus";

/** The dashboards, by their uid and file name. */
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
