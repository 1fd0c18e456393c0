/** The events of the engine that we use, as `pulumi <operation> --json` prints them, one a line. */
export interface EngineEvent {
  diagnosticEvent?: { urn?: string; message: string; severity: string; ephemeral?: boolean };
  resourcePreEvent?: { metadata: StepMetadata };
  resOutputsEvent?: { metadata: StepMetadata };
  resOpFailedEvent?: { metadata: StepMetadata };
  /** A rule of a policy pack that a resource breaks. */
  policyEvent?: { resourceUrn?: string; message: string; policyName: string; enforcementLevel: string };
  summaryEvent?: { resourceChanges?: Record<string, number>; durationSeconds?: number };
  /** The engine begins: before it, the CLI may still refuse (a lock, a plugin). */
  preludeEvent?: object;
}

/** What a step does to which resource. */
export interface StepMetadata {
  op: string;
  urn: string;
  type: string;
  /** The resource before and after the step, as far as we read it. */
  old?: StepResource | null;
  new?: StepResource | null;
}

interface StepResource {
  /** URN of the component it belongs to. */
  parent?: string;
  /** True when a provider manages it; left out for components. */
  custom?: boolean;
  /** What the program gave; secrets are replaced. */
  inputs?: Record<string, unknown>;
  /** URN and id of its provider, joined by `::`. */
  provider?: string;
}

/** Reads one line of the stream; undefined when it is text for people. */
export function parseEvent(line: string): EngineEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as EngineEvent;
  } catch {
    return undefined; // a line of text that merely begins with a brace: the caller keeps it as text
  }
}

/** Name and type of a resource, from its URN: `urn:pulumi:<stack>::<project>::<types>::<name>`. */
export function describeUrn(urn: string): { type: string; name: string } {
  const [, , types = "", ...name] = urn.split("::");
  return { type: types.split("$").at(-1) ?? types, name: name.join("::") };
}
