import { expect, it } from "vitest";
import { boards, listPanels, renderDashboards } from "./dashboards.ts";
import { states, unit } from "./model.ts";
import { dashboardNames } from "./names.ts";
import { runbookSections, sectionUrl } from "./runbook.ts";

const dashboards = renderDashboards();
const drawn = Object.entries(dashboards).filter(([name]) => name !== "dive-runbook");

it("has the dashboards that operators know", () => {
  expect(dashboardNames).toEqual(
    expect.arrayContaining([
      "authorization-decisions", "cache-performance", "compliance-overview", "dive-v3-overview", "federation-metrics", "hub-overview", "kas-dashboard", "kas-federation",
      "opal-policy-distribution", "redis-dashboard", "deployments",
    ]),
  );
  for (const [name, { uid }] of Object.entries(dashboards)) expect(uid).toBe(name);
  expect(new Set(Object.values(dashboards).map(({ title }) => title)).size).toBe(dashboardNames.length);
});

it.each(Object.entries(dashboards))("%s leads to every other one and to the runbook, and cannot be changed by hand", (_, { links, tags, editable }) => {
  expect(links).toEqual([expect.objectContaining({ type: "dashboards", tags, includeVars: true, keepTime: true }), expect.objectContaining({ type: "link", url: "/d/dive-runbook" })]);
  expect(tags).toEqual(["dive"]);
  expect(editable).toBe(false);
});

it.each(drawn)("%s lets one choose instances", (_, { templating }) => {
  expect(templating!.list).toEqual([expect.objectContaining({ name: "instance", multi: true, includeAll: true, allValue: ".*", datasource: { type: "prometheus", uid: "prometheus" } })]);
});

it.each(listPanels().map((listed) => [`${listed.dashboard}: ${listed.panel.title}`, listed.panel] as const))("%s says what it shows and when it is bad", (_, panel) => {
  expect(panel.description).toMatch(/\S/);
  expect(Object.values(unit)).toContain(panel.unit);
  expect(panel.queries.length).toBeGreaterThan(0);
  // A table has a column a label; everything else needs a name for each series.
  for (const { expr, legend } of panel.queries) {
    expect(expr).toMatch(/\S/);
    if (panel.kind !== "table") expect(legend).toMatch(/\S/);
  }
  if (panel.alert !== undefined) expect([...runbookSections().keys()]).toContain(panel.alert);
});

it.each(Object.entries(boards))("%s names each of its panels once", (_, { rows }) => {
  const titles = rows.flatMap(({ panels }) => panels.map(({ title }) => title));
  expect(titles.filter((title, index) => titles.indexOf(title) !== index)).toEqual([]);
});

it.each(Object.entries(dashboards))("%s gives every panel data source, unit, thresholds and a place of its own", (_, { panels = [] }) => {
  const ids = panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const panel of panels) {
    if (!("targets" in panel)) continue;
    expect(panel).toMatchObject({ datasource: { uid: "prometheus" }, fieldConfig: { defaults: { unit: expect.any(String), thresholds: { steps: expect.arrayContaining([expect.anything()]) } } } });
    expect(panel.targets!.map((target) => (target as { refId?: string }).refId)).toEqual(panel.targets!.map((__, index) => String.fromCharCode(65 + index)));
  }
  const places = panels.map(({ gridPos }) => gridPos!);
  expect(places.filter(({ x, w }) => x + w > 24)).toEqual([]);
  const overlaps = (a: (typeof places)[number], b: (typeof places)[number]) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
  expect(places.flatMap((one, index) => places.slice(index + 1).filter((other) => overlaps(one, other)))).toEqual([]);
});

it("shows states by their names", () => {
  const panels = drawn.flatMap(([, { panels = [] }]) => panels).filter((panel) => panel.title === "Circuits to parts");
  expect(panels).toEqual([expect.objectContaining({ fieldConfig: expect.objectContaining({ defaults: expect.objectContaining({ mappings: [{ type: "value", options: states.circuit }] }) }) })]);
});

it("has the runbook's section of an alert behind its link", () => {
  const id = Number(new URL(sectionUrl("OPADown"), "http://grafana").searchParams.get("viewPanel"));
  expect(dashboards["dive-runbook"].panels!.find((panel) => panel.id === id)).toMatchObject({ type: "text", title: "OPADown", options: { mode: "markdown", content: expect.stringContaining("./dive") } });
  expect(() => sectionUrl("NoSuchAlert")).toThrow("docs/runbook.md has no section NoSuchAlert");
});
