/** The dashboards as Grafana's own schema package builds them. */
import { DashboardBuilder, DashboardLinkBuilder, DashboardLinkType, QueryVariableBuilder, RowBuilder, VariableRefresh, VariableSort, type Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { authorization } from "./boards/authorization.ts";
import { cache } from "./boards/cache.ts";
import { compliance } from "./boards/compliance.ts";
import { deployments } from "./boards/deployments.ts";
import { federation } from "./boards/federation.ts";
import { hub } from "./boards/hub.ts";
import { kas, kasFederation } from "./boards/kas.ts";
import { overview } from "./boards/overview.ts";
import { policy } from "./boards/policy.ts";
import { redis } from "./boards/redis.ts";
import type { BoardModel, PanelModel } from "./model.ts";
import { dashboardNames, type DashboardName } from "./names.ts";
import { datasource, panelOf } from "./panels.ts";
import { runbookPanels } from "./runbook.ts";

/** Every dashboard but the runbook, which has no queries. */
export const boards: Readonly<Record<Exclude<DashboardName, "dive-runbook">, BoardModel>> = {
  "dive-v3-overview": overview,
  "hub-overview": hub,
  "authorization-decisions": authorization,
  "federation-metrics": federation,
  "kas-dashboard": kas,
  "kas-federation": kasFederation,
  "opal-policy-distribution": policy,
  "cache-performance": cache,
  "redis-dashboard": redis,
  "compliance-overview": compliance,
  deployments,
};

/** A panel with the dashboard that it is on. */
export interface ListedPanel {
  readonly dashboard: DashboardName;
  readonly panel: PanelModel;
}

/** Every panel that asks Prometheus, dashboard by dashboard: what a live test runs and a report draws. */
export function listPanels(): ListedPanel[] {
  return Object.entries(boards).flatMap(([name, { rows }]) => rows.flatMap(({ panels }) => panels.map((panel) => ({ dashboard: name as DashboardName, panel }))));
}

/** Every dashboard by its name, as Grafana's JSON has it. */
export function renderDashboards(): Record<DashboardName, Dashboard> {
  return Object.fromEntries(dashboardNames.map((name) => [name, name === "dive-runbook" ? runbook() : board(name, boards[name])])) as Record<DashboardName, Dashboard>;
}

function board(name: DashboardName, { title, description, rows }: BoardModel): Dashboard {
  const builder = shell(name, title, description).refresh("30s").withVariable(instance());
  let id = 0;
  for (const row of rows) {
    builder.withRow(new RowBuilder(row.title).id((id += 1)));
    for (const panel of row.panels) builder.withPanel(panelOf(panel, (id += 1)));
  }
  return builder.build();
}

function runbook(): Dashboard {
  return runbookPanels().reduce((builder, panel) => builder.withPanel(panel), shell("dive-runbook", "Runbook", "What each alert means and what to do, from docs/runbook.md.")).build();
}

/** What all have: name, time, and links to each other and to the runbook. */
function shell(name: DashboardName, title: string, description: string): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(name)
    .description(description)
    .tags(["dive"])
    .time({ from: "now-1h", to: "now" })
    .timezone("browser")
    .readonly()
    .links([
      new DashboardLinkBuilder("Dashboards").type(DashboardLinkType.Dashboards).tags(["dive"]).asDropdown(true).includeVars(true).keepTime(true),
      new DashboardLinkBuilder("Runbook").type(DashboardLinkType.Link).url("/d/dive-runbook"),
    ]);
}

/** `$instance`: the codes of the instances to show, all at first. */
function instance(): QueryVariableBuilder {
  return new QueryVariableBuilder("instance")
    .label("Instance")
    .datasource(datasource)
    .query('label_values(up{job="backend"}, instance)')
    .refresh(VariableRefresh.OnDashboardLoad)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue(".*")
    .current({ text: "All", value: "$__all" });
}
