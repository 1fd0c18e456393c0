import { describeUrn, type EngineEvent } from "./events.ts";

/** How many of the running resources are named in the detail line. */
const NAMED = 4;

/** Steps that only look: they count as nothing changed. */
const SAME = new Set(["same", "read", "refresh"]);

/** One problem, for the end of an operation. */
export interface Problem {
  /** Name and type of the resource, or empty when the operation as a whole failed. */
  where: string;
  message: string;
}

/** What one step of the engine did to one resource. */
export interface Step {
  op: string;
  type: string;
  name: string;
}

/** Follows the events of one operation and sums them up. */
export class Report {
  readonly problems: Problem[] = [];
  readonly steps: Step[] = [];
  changes: Record<string, number> = {};
  private readonly running = new Map<string, string>();
  private begun = 0;
  private done = 0;

  /** Takes one event into account. */
  add(event: EngineEvent): void {
    const { diagnosticEvent: diagnostic, resourcePreEvent: before, resOutputsEvent: after, resOpFailedEvent: failed } = event;
    if (before !== undefined && before.metadata.op !== "same") this.begin(before.metadata.urn);
    if (before !== undefined) this.steps.push({ op: before.metadata.op, ...describeUrn(before.metadata.urn) });
    if (after !== undefined) this.end(after.metadata.urn);
    if (failed !== undefined) this.end(failed.metadata.urn);
    if (diagnostic?.severity === "error") this.problems.push({ where: place(diagnostic.urn), message: withoutColours(diagnostic.message) });
    const policy = event.policyEvent;
    if (policy?.enforcementLevel === "mandatory") this.problems.push({ where: place(policy.resourceUrn), message: `policy ${policy.policyName}: ${withoutColours(policy.message)}` });
    if (event.summaryEvent?.resourceChanges !== undefined) this.changes = event.summaryEvent.resourceChanges;
  }

  /** What runs right now: "12 of 40 done, creating hub-keycloak, hub-opa and 3 more". */
  get detail(): string {
    const names = [...this.running.values()];
    const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
    return `${this.done} of ${this.begun} done${names.length === 0 ? "" : `, at work: ${names.slice(0, NAMED).join(", ")}${more}`}`;
  }

  /** The sum for people: "3 to create, 1 to update, 40 unchanged" or "no changes, 44 unchanged". */
  get summary(): string {
    const parts = Object.entries(this.changes).filter(([op, count]) => count > 0 && !SAME.has(op));
    const same = this.changes["same"] ?? 0;
    return [...(parts.length === 0 ? ["0 changes"] : parts.map(([op, count]) => `${count} ${op}`)), `${same} unchanged`].join(", ");
  }

  private begin(urn: string): void {
    if (this.running.has(urn)) return;
    this.begun += 1;
    this.running.set(urn, describeUrn(urn).name);
  }

  private end(urn: string): void {
    if (this.running.delete(urn)) this.done += 1;
  }
}

function place(urn: string | undefined): string {
  if (urn === undefined || urn === "") return "";
  const { name, type } = describeUrn(urn);
  return `${name} (${type})`;
}

/** Takes the engine's colour marks (`<{%reset%}>`) out. */
export function withoutColours(message: string): string {
  return message.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
}
