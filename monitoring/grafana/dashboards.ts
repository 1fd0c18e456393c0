/** The dashboards as Grafana's own schema package builds them. */
import { dashboardNames, type DashboardName } from "./names.ts";
import { overview } from "./overview.ts";

const builders: Readonly<Record<DashboardName, () => object>> = { "dive-v3-overview": overview };

/** Every dashboard by its name, as Grafana's JSON has it. */
export function renderDashboards(): Record<DashboardName, object> {
  return Object.fromEntries(dashboardNames.map((name) => [name, builders[name]()])) as Record<DashboardName, object>;
}
