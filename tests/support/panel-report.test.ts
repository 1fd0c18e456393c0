import { expect, it } from "vitest";
import { history, lines, numbers, table, unit, type PanelModel } from "../../monitoring/grafana/model.ts";
import { panelReport, type Series } from "./panel-report.ts";

const report = (panel: PanelModel, series: readonly Series[]) => panelReport("Report", [{ dashboard: "hub-overview", panel, series: series.map((one) => ({ ...one, legend: panel.queries[0]!.legend })) }]);

it("draws a line from 0 to the greatest value, with a gap where there is none", () => {
  const page = report(lines("Latency", "of requests", unit.seconds, "q", "{{instance}}", { red: { from: 1 } }), [{ metric: { instance: "FRA" }, values: [[0, 0], [10, 2], [20, Number.NaN], [30, 1], [40, 1.5]] }]);
  expect(page).toContain('d="M0.0 148.0L140.0 2.0M420.0 75.0L560.0 38.5"');
  expect(page).toContain('FRA</td><td class="red">1.5 s</td>');
});

it("draws states as strips and calls them by their names", () => {
  const page = report(history("Parts", "up or down", "q", "{{part}}", "upDown"), [{ metric: { part: "opa" }, values: [[0, 1], [10, 0]] }]);
  expect(page.match(/<rect[^>]*fill="(\w+)"/g)).toHaveLength(2);
  expect(page).toMatch(/fill="green".*fill="red"/s);
  expect(page).toContain('opa</td><td class="red">down</td>');
});

it("gives numbers their unit, and rows of tables all labels", () => {
  expect(report(numbers("Memory", "share", unit.ratio, "q", "{{name}}"), [{ metric: { name: "opa" }, values: [[0, 0.1234]] }])).toContain("opa</td><td>12.3 %</td>");
  expect(report(table("Certificates", "time left", unit.seconds, "q", "", { red: { below: 86_400 } }), [{ metric: { instance: "FRA", service: "kas" }, values: [[0, 345_600]] }])).toContain("instance FRA, service kas</td><td>4 d</td>");
});

it("says so where there is nothing, and escapes what came from outside", () => {
  const panel = numbers("A <b>", "d", unit.count, "q", "{{x}}");
  expect(report(panel, [{ metric: { x: "<script>" }, values: [[0, 1]] }])).not.toMatch(/<script>|<b>/);
  expect(report(panel, [{ metric: {}, values: [[0, Number.NaN]] }])).toContain("no data");
});
