/** Panels in one form for every dashboard: data source, unit, thresholds, what numbers mean, and the way to the runbook. */
import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import { BigValueColorMode, BigValueGraphMode, LegendDisplayMode, LegendPlacement, ReduceDataOptionsBuilder, VisibilityMode, VizLegendOptionsBuilder } from "@grafana/grafana-foundation-sdk/common";
import { DashboardLinkBuilder, DashboardLinkType, MappingType, ThresholdsConfigBuilder, ThresholdsMode, type Panel, type ValueMap } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { states, type PanelModel, type Query } from "./model.ts";
import { datasourceUid } from "./names.ts";
import { sectionUrl } from "./runbook.ts";

/** The data source that the monitoring stack provisions. */
export const datasource = { type: "prometheus", uid: datasourceUid } as const;

/** Two to a row of Grafana's 24 columns. All alike: the package's flow of panels knows neither the grid's edge nor the height of a row. */
const size = { w: 12, h: 8 } as const;

const ok = "green";
const bad = "red";
const neutral = "text";

/** The panel of a model. @param id by which links name it within its dashboard */
export function panelOf(model: PanelModel, id: number): Builder<Panel> {
  return builders[model.kind](model).id(id);
}

const builders: Readonly<Record<PanelModel["kind"], (model: PanelModel) => { id(id: number): Builder<Panel> }>> = {
  numbers: (model) =>
    common(new stat.PanelBuilder(), model, "range")
      .colorMode(model.red === undefined && model.states === undefined ? BigValueColorMode.None : BigValueColorMode.Value)
      .graphMode(BigValueGraphMode.None)
      .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
      .height(size.h)
      .span(size.w),
  lines: (model) => common(new timeseries.PanelBuilder(), model, "range").legend(legend()).min(0).fillOpacity(10).height(size.h).span(size.w),
  history: (model) => common(new statetimeline.PanelBuilder(), model, "range").legend(legend()).mergeValues(true).showValue(VisibilityMode.Never).height(size.h).span(size.w),
  table: (model) => common(new table.PanelBuilder(), model, "table").withTransformation({ id: "organize", options: { excludeByName: { Time: true } } }).height(size.h).span(size.w),
};

const legend = () => new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true).calcs([]);

/** What every kind of panel's builder has. */
interface PanelBuilder<B> {
  title(title: string): B;
  description(description: string): B;
  datasource(ref: typeof datasource): B;
  unit(unit: string): B;
  thresholds(thresholds: ThresholdsConfigBuilder): B;
  mappings(mappings: ValueMap[]): B;
  noValue(text: string): B;
  links(links: DashboardLinkBuilder[]): B;
  targets(targets: DataqueryBuilder[]): B;
}

function common<B extends PanelBuilder<B>>(builder: B, model: PanelModel, form: "range" | "table"): B {
  return builder
    .title(model.title)
    .description(model.description)
    .datasource(datasource)
    .unit(model.unit)
    .thresholds(thresholds(model))
    .mappings(model.states === undefined ? [] : [{ type: MappingType.ValueToText, options: states[model.states] }])
    .noValue("no data")
    .links(model.alert === undefined ? [] : [new DashboardLinkBuilder(`Runbook: ${model.alert}`).type(DashboardLinkType.Link).url(sectionUrl(model.alert))])
    .targets(model.queries.map((query, index) => target(query, index, form)));
}

function thresholds({ red, states: known }: PanelModel): ThresholdsConfigBuilder {
  const base = known === undefined && red === undefined ? neutral : ok;
  const steps = red === undefined ? [{ value: null, color: base }] : "from" in red ? [{ value: null, color: ok }, { value: red.from, color: bad }] : [{ value: null, color: bad }, { value: red.below, color: ok }];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

function target({ expr, legend: legendFormat }: Query, index: number, form: "range" | "table"): DataqueryBuilder {
  const query = new DataqueryBuilder().refId(String.fromCharCode("A".charCodeAt(0) + index)).datasource(datasource).expr(expr);
  return form === "table" ? query.instant().format(PromQueryFormat.Table) : query.range().format(PromQueryFormat.TimeSeries).legendFormat(legendFormat);
}
