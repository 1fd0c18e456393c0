/** Draws what panels show, so that a person sees the dashboards' data where Grafana's image cannot be had. */
import { states, unit, type PanelModel } from "../../monitoring/grafana/model.ts";
import type { ListedPanel } from "../../monitoring/grafana/dashboards.ts";

/** A series of a range query: seconds since the epoch, and values. */
export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, number])[];
}

/** A panel with what Prometheus answered to all of its queries. */
export interface DrawnPanel extends ListedPanel {
  readonly series: readonly (Series & { readonly legend: string })[];
}

const WIDTH = 560;
const HEIGHT = 150;
/** As many as can be told apart. */
const COLOURS = ["#1f60c4", "#c15c17", "#37872d", "#8f3bb8", "#b8860b", "#c4162a", "#0a7a87", "#5a5a5a"];

const STYLE = `body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5rem; color: #1a1a1a; background: #fff }
.board { display: grid; grid-template-columns: repeat(auto-fill, minmax(${WIDTH}px, 1fr)); gap: 1rem } figure { margin: 0; border: 1px solid #ccc; padding: .6rem }
figcaption small { color: #555; display: block } table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .1em .5em .1em 0; border-bottom: 1px solid #eee }
svg { width: 100%; height: ${HEIGHT}px; background: #fafafa } .red { color: #c4162a; font-weight: bold } .none { color: #777 } i { display: inline-block; width: .8em; height: .8em; margin-right: .4em }`;

/** One page without scripts: every dashboard with its panels. Text is escaped. */
export function panelReport(title: string, panels: readonly DrawnPanel[]): string {
  const names = [...new Set(panels.map(({ dashboard }) => dashboard))];
  const boards = names.map((name) => `<h2>${escape(name)}</h2>\n<div class="board">${panels.filter(({ dashboard }) => dashboard === name).map(figure).join("\n")}</div>`);
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title><style>${STYLE}</style></head><body><h1>${escape(title)}</h1>\n${boards.join("\n")}\n</body></html>\n`;
}

function figure({ panel, series }: DrawnPanel): string {
  const caption = `<figcaption><strong>${escape(panel.title)}</strong><small>${escape(panel.description)}</small></figcaption>`;
  const known = series.filter(({ values }) => values.some(([, value]) => Number.isFinite(value)));
  if (known.length === 0) return `<figure>${caption}<p class="none">no data</p></figure>`;
  const drawing = panel.kind === "lines" ? chart(known) : panel.kind === "history" ? strips(panel, known) : "";
  const rows = known.map((one, index) => {
    const last = one.values.findLast(([, value]) => Number.isFinite(value))![1];
    const key = panel.kind === "lines" ? `<i style="background:${COLOURS[index % COLOURS.length]}"></i>` : "";
    return `<tr><td>${key}${escape(nameOf(panel, one))}</td><td${isRed(panel, last) ? ' class="red"' : ""}>${escape(format(panel, last))}</td></tr>`;
  });
  return `<figure>${caption}${drawing}<table>${rows.join("")}</table></figure>`;
}

/** A series as its legend calls it; in a table, by all of its labels. */
function nameOf({ kind }: PanelModel, { metric, legend }: Series & { readonly legend: string }): string {
  if (kind === "table") return Object.entries(metric).map(([name, value]) => `${name} ${value}`).join(", ");
  return legend.replace(/\{\{(\w+)\}\}/g, (_, name: string) => metric[name] ?? "").trim();
}

function scaleX(series: readonly Series[]): (time: number) => number {
  const times = series.flatMap(({ values }) => values.map(([time]) => time));
  const [first, last] = [Math.min(...times), Math.max(...times)];
  return (time) => (last === first ? WIDTH : ((time - first) / (last - first)) * WIDTH);
}

/** Lines from 0 to the greatest value; a gap where there is none. */
function chart(series: readonly Series[]): string {
  const most = Math.max(...series.flatMap(({ values }) => values.map(([, value]) => value).filter(Number.isFinite))) || 1;
  const x = scaleX(series);
  const lines = series.map(({ values }, index) => {
    let pen = "M";
    const path = values.map(([time, value]) => {
      if (!Number.isFinite(value)) return (pen = "M"), "";
      const step = `${pen}${x(time).toFixed(1)} ${(HEIGHT - (Math.max(value, 0) / most) * (HEIGHT - 4) - 2).toFixed(1)}`;
      pen = "L";
      return step;
    });
    return `<path d="${path.join("")}" fill="none" stroke="${COLOURS[index % COLOURS.length]}" stroke-width="1.5"/>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img">${lines.join("")}</svg>`;
}

/** A strip for each series, coloured by its state. */
function strips(panel: PanelModel, series: readonly Series[]): string {
  const x = scaleX(series);
  const height = HEIGHT / series.length;
  const bars = series.flatMap(({ values }, row) =>
    values.map(([time, value], index) => {
      const end = values[index + 1]?.[0];
      const width = end === undefined ? 2 : x(end) - x(time);
      return `<rect x="${x(time).toFixed(1)}" y="${(row * height).toFixed(1)}" width="${Math.max(width, 0.5).toFixed(1)}" height="${(height - 1).toFixed(1)}" fill="${stateOf(panel, value)?.color ?? "gray"}"/>`;
    }),
  );
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img">${bars.join("")}</svg>`;
}

function stateOf({ states: known }: PanelModel, value: number): { readonly text: string; readonly color: string } | undefined {
  return known === undefined ? undefined : (states[known] as Readonly<Record<string, { text: string; color: string }>>)[String(value)];
}

function isRed(panel: PanelModel, value: number): boolean {
  const { red } = panel;
  return stateOf(panel, value)?.color === "red" || (red !== undefined && ("from" in red ? value >= red.from : value < red.below));
}

function format(panel: PanelModel, value: number): string {
  const state = stateOf(panel, value);
  if (state !== undefined) return state.text;
  const rounded = (number: number) => `${Number(number.toPrecision(3))}`;
  switch (panel.unit) {
    case unit.ratio:
      return `${rounded(value * 100)} %`;
    case unit.bytes:
      return `${rounded(value / 2 ** 20)} MiB`;
    case unit.seconds:
      return value >= 2 * 86_400 ? `${rounded(value / 86_400)} d` : value < 1 ? `${rounded(value * 1_000)} ms` : `${rounded(value)} s`;
    case unit.perSecond:
    case unit.requestsPerSecond:
      return `${rounded(value)}/s`;
    case unit.ago:
      return new Date(value).toISOString();
    default:
      return rounded(value);
  }
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
