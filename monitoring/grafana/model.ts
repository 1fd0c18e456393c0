/** What a dashboard is, before Grafana's schema package makes its JSON. */
import * as units from "@grafana/grafana-foundation-sdk/units";

/** Units that panels may have, by Grafana's names: one for each kind of quantity, so that equal things read equal everywhere. */
export const unit = {
  count: units.Short,
  ratio: units.PercentUnit,
  seconds: units.Seconds,
  bytes: units.BytesIEC,
  requestsPerSecond: units.RequestsPerSecond,
  perSecond: units.OpsPerSecond,
  /** Of milliseconds since the epoch. */
  ago: units.DateTimeFromNow,
} as const;

/** One of {@link unit}. */
export type Unit = (typeof unit)[keyof typeof unit];

/** From which value a panel is red: at or above `from`, or below `below`. Those of alerts are the alert's own. */
export type Red = { readonly from: number } | { readonly below: number };

/** Thresholds that several panels have. */
export const red = {
  /** Counts that Prometheus extrapolates are seldom whole. */
  anything: { from: 0.001 },
  /** Of what is 1 while it is well. */
  down: { below: 1 },
  slow: { from: 1 },
  errors: { from: 0.05 },
  full: { from: 0.9 },
  /** Seconds; 30 days. */
  expiring: { below: 30 * 86_400 },
  /** Seconds; beyond it services serve only what is UNCLASSIFIED. */
  stale: { from: 5 },
} as const satisfies Record<string, Red>;

/** A query, and how its series are called: labels as `{{name}}`. */
export interface Query {
  /** PromQL; `$instance` matches the instances that are chosen. */
  readonly expr: string;
  readonly legend: string;
}

/** What the numbers of a panel stand for, where they are states. */
export const states = {
  upDown: { "0": { text: "down", color: "red" }, "1": { text: "up", color: "green" } },
  circuit: { "0": { text: "closed", color: "green" }, "1": { text: "half-open", color: "orange" }, "2": { text: "open", color: "red" } },
  /** As cAdvisor tells them. */
  container: { "-1": { text: "no check", color: "text" }, "0": { text: "unhealthy", color: "red" }, "1": { text: "healthy", color: "green" } },
} as const satisfies Record<string, Readonly<Record<string, { readonly text: string; readonly color: string }>>>;

/** What a panel shows. */
export interface PanelModel {
  /** `numbers`: the last value of each series; `lines`: over time; `history`: states over time; `table`: a row a series, its labels as columns. */
  readonly kind: "numbers" | "lines" | "history" | "table";
  readonly title: string;
  readonly description: string;
  readonly queries: readonly Query[];
  readonly unit: Unit;
  /** Default: never red. */
  readonly red?: Red;
  /** Default: the numbers are shown. */
  readonly states?: keyof typeof states;
  /** The alert whose section of the runbook the panel links to. */
  readonly alert?: string;
}

/** A dashboard: rows of panels. */
export interface BoardModel {
  readonly title: string;
  readonly description: string;
  readonly rows: readonly { readonly title: string; readonly panels: readonly PanelModel[] }[];
}

type Rest = Omit<PanelModel, "kind" | "title" | "description" | "queries" | "unit">;
type Make = (title: string, description: string, unit: Unit, expr: string, legend: string, rest?: Rest) => PanelModel;

const make = (kind: PanelModel["kind"]): Make => (title, description, unit, expr, legend, rest = {}) => ({ kind, title, description, unit, queries: [{ expr, legend }], ...rest });

/** A panel of each kind, with one query. */
export const numbers = make("numbers");
/** Lines over time. */
export const lines = make("lines");
/** A table of what is now. */
export const table = make("table");
/** States over time; `known` says what the numbers mean. */
export const history = (title: string, description: string, expr: string, legend: string, known: keyof typeof states, alert?: string): PanelModel =>
  make("history")(title, description, unit.count, expr, legend, { states: known, ...(alert === undefined ? {} : { alert }) });
