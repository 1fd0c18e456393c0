// The dashboards' JSON against Grafana's own schema, as its package's types have it: the compiler judges it, unknown properties included.
import { join } from "node:path";
import ts from "typescript-compiler";
import { expect, it } from "vitest";
import { ROOT } from "../../tests/support/paths.ts";
import { renderDashboards } from "./dashboards.ts";

const file = join(import.meta.dirname, "schema-check.generated.ts");

/** `Json` is the schema at every depth, but that texts stand for enumerations, and without the package's own markers. */
const PREAMBLE = `
import type { Dashboard, Panel, RowPanel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";
import type { Options as StatOptions } from "@grafana/grafana-foundation-sdk/stat";
import type { Options as HistoryOptions, FieldConfig as HistoryField } from "@grafana/grafana-foundation-sdk/statetimeline";
import type { Options as TableOptions } from "@grafana/grafana-foundation-sdk/table";
import type { Options as TextOptions } from "@grafana/grafana-foundation-sdk/text";
import type { Options as LinesOptions, FieldConfig as LinesField } from "@grafana/grafana-foundation-sdk/timeseries";
type Json<T> = unknown extends T ? T : T extends string ? \`\${T}\` : T extends number | boolean | null | undefined ? T : T extends (infer E)[] ? Json<E>[] : { [K in keyof T as K extends \`_\${string}\` ? never : K]: Json<T[K]> };
`;

/** What the schema leaves open is said by the panel's type: options, the fields' own settings, and the query of the data source. */
const PARTS: Readonly<Record<string, { readonly options: string; readonly custom?: string }>> = {
  stat: { options: "StatOptions" },
  timeseries: { options: "LinesOptions", custom: "LinesField" },
  "state-timeline": { options: "HistoryOptions", custom: "HistoryField" },
  table: { options: "TableOptions" },
  text: { options: "TextOptions" },
};

type AnyPanel = { readonly type: string; readonly title?: string; readonly options?: unknown; readonly targets?: readonly unknown[]; readonly fieldConfig?: { readonly defaults: { readonly custom?: unknown } } };

/** The compiler's complaints about a module. */
function complaints(source: string): string[] {
  const options: ts.CompilerOptions = { strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ["lib.es2022.d.ts"], target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getCurrentDirectory = () => ROOT;
  host.fileExists = (name) => name === file || fileExists(name);
  host.readFile = (name) => (name === file ? source : readFile(name));
  host.getSourceFile = (name, target, ...rest) => (name === file ? ts.createSourceFile(name, source, target) : getSourceFile(name, target, ...rest));
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText, start }) => `${ts.flattenDiagnosticMessageText(messageText, "\n")} near ${source.slice(start, start! + 80)}`);
}

/** A module that is free of complaints when every dashboard follows the schema. */
function moduleOf(boards: Readonly<Record<string, unknown>>): string {
  const lines = [PREAMBLE];
  const declare = (type: string, value: unknown) => lines.push(`({ value: ${JSON.stringify(value)} }) satisfies { value: Json<${type}> };`);
  for (const dashboard of Object.values(JSON.parse(JSON.stringify(boards)) as Record<string, { panels: AnyPanel[] }>)) {
    const { panels, ...rest } = dashboard;
    declare("Dashboard", rest);
    for (const panel of panels) {
      const part = PARTS[panel.type];
      const { targets = [], ...frame } = panel;
      declare(panel.type === "row" ? "RowPanel" : "Panel", frame);
      if (panel.type === "row") continue;
      if (part === undefined) throw new Error(`No schema is known here of the panel type ${panel.type}`);
      declare(part.options, panel.options);
      if (part.custom !== undefined) declare(part.custom, panel.fieldConfig?.defaults.custom);
      for (const target of targets) declare("Dataquery", target);
    }
  }
  return lines.join("\n");
}

it("follow Grafana's schema", () => {
  expect(complaints(moduleOf(renderDashboards()))).toEqual([]);
}, 120_000);

it("would be told apart from what does not follow it", () => {
  const { deployments } = JSON.parse(JSON.stringify(renderDashboards())) as Record<string, { panels: Record<string, unknown>[] }>;
  const panel = deployments!.panels.find(({ type }) => type === "stat")!;
  Object.assign(panel, { heading: "no property of a panel", options: { ...(panel["options"] as object), colorMode: "no mode" } });
  const found = complaints(moduleOf({ deployments })).join("\n");
  expect(found).toMatch(/heading/);
  expect(found).toMatch(/no mode/);
}, 120_000);
