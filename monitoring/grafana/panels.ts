/** Panels in one form for every dashboard: data source, unit, thresholds and what they mean. */
import { ThresholdsConfigBuilder, ThresholdsMode, type DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

/** Uid of the data source that the monitoring stack provisions. */
export const datasource = { type: "prometheus", uid: "prometheus" } as const;

/** What a panel shows. */
export interface PanelOptions {
  readonly title: string;
  readonly description: string;
  /** PromQL; `$instance` is the dashboard's variable. */
  readonly query: string;
  /** Legend, with labels as `{{name}}`. */
  readonly legend: string;
  /** Grafana's name of the unit ("s", "percentunit", "reqps", "short"). */
  readonly unit: string;
  /** Value from which the panel turns red; `below`: up to which. Default: none. */
  readonly red?: { readonly from: number } | { readonly below: number };
}

const ok = "green";
const bad = "red";

function thresholds(red: PanelOptions["red"]): ThresholdsConfigBuilder {
  const steps = red === undefined ? [{ value: null, color: ok }] : "from" in red ? [{ value: null, color: ok }, { value: red.from, color: bad }] : [{ value: null, color: bad }, { value: red.below, color: ok }];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

const target = ({ query, legend }: PanelOptions) => new DataqueryBuilder().expr(query).legendFormat(legend).datasource(datasource);

/** One number for each series, coloured by its threshold. */
export function numbers(options: PanelOptions): stat.PanelBuilder {
  return new stat.PanelBuilder().title(options.title).description(options.description).datasource(datasource).unit(options.unit).thresholds(thresholds(options.red)).withTarget(target(options)).height(6).span(8);
}

/** Lines over time. */
export function lines(options: PanelOptions): timeseries.PanelBuilder {
  return new timeseries.PanelBuilder().title(options.title).description(options.description).datasource(datasource).unit(options.unit).thresholds(thresholds(options.red)).withTarget(target(options)).height(8).span(12);
}

/** Puts panels on a dashboard, in their order. */
export function withPanels(dashboard: DashboardBuilder, panels: readonly (stat.PanelBuilder | timeseries.PanelBuilder)[]): DashboardBuilder {
  return panels.reduce((board, panel) => board.withPanel(panel), dashboard);
}
