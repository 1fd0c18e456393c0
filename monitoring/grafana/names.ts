/** The dashboards, by their uid and file name: known without loading what draws them. */
export const dashboardNames = ["dive-v3-overview"] as const;

/** One of {@link dashboardNames}. */
export type DashboardName = (typeof dashboardNames)[number];
