/** The runbook as a dashboard, so that a panel can lead to what is to be done where Grafana is all that one has: a panel for each alert. */
import * as fs from "node:fs";
import * as path from "node:path";
import * as text from "@grafana/grafana-foundation-sdk/text";
import type { DashboardName } from "./names.ts";

const uid: DashboardName = "dive-runbook";

let read: ReadonlyMap<string, string> | undefined;

/** The sections of `docs/runbook.md` about alerts, by the alert's name, in their order. Read once. */
export function runbookSections(): ReadonlyMap<string, string> {
  read ??= new Map(
    fs
      .readFileSync(path.join(import.meta.dirname, "../../docs/runbook.md"), "utf8")
      .split(/^(?=#+ )/m)
      .flatMap((section) => {
        const [, name, content] = /^#{3,} ([A-Z]\w+)\n([^]*)$/.exec(section) ?? [];
        // Chapters of the alerts have no text of their own.
        return name === undefined || content!.trim() === "" ? [] : [[name, content!.trim()] as const];
      }),
  );
  return read;
}

/** Where Grafana shows an alert's section. @throws Error when the runbook has none */
export function sectionUrl(alert: string): string {
  const index = [...runbookSections().keys()].indexOf(alert);
  if (index < 0) throw new Error(`docs/runbook.md has no section ${alert}`);
  return `/d/${uid}?viewPanel=${idOf(index)}`;
}

/** A panel for each section, in their order. */
export function runbookPanels(): text.PanelBuilder[] {
  return [...runbookSections()].map(([title, content], index) => new text.PanelBuilder().id(idOf(index)).title(title).mode(text.TextMode.Markdown).content(content).height(7).span(12));
}

/** Panels are counted from 1. */
const idOf = (index: number): number => index + 1;
