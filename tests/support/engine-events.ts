import type { EngineEvent } from "../../scripts/engine/events.ts";

const STACK = "urn:pulumi:dev::dive::pulumi:pulumi:Stack::dive-dev";
const HUB = "urn:pulumi:dev::dive::dive:index:Hub::hub";
const CONTAINER = "docker:index/container:Container";
const OPA = `urn:pulumi:dev::dive::dive:index:Hub$${CONTAINER}::hub-opa`;
const hub = { op: "same", urn: HUB, type: "dive:index:Hub", new: { parent: STACK } };
const opa = (op: string) => ({ op, urn: OPA, type: CONTAINER, new: { parent: HUB, custom: true } });

/** Events of a run that has to do with one container of the hub. */
export const hubEvents: Readonly<Record<"begin" | "done" | "failed" | "unchanged", readonly EngineEvent[]>> = {
  begin: [{ preludeEvent: {} }, { resourcePreEvent: { metadata: hub } }, { resourcePreEvent: { metadata: opa("create") } }],
  done: [{ resOutputsEvent: { metadata: opa("create") } }],
  failed: [{ diagnosticEvent: { urn: OPA, severity: "error", message: "port is taken" } }, { resOpFailedEvent: { metadata: opa("create") } }],
  unchanged: [{ preludeEvent: {} }, { resourcePreEvent: { metadata: hub } }, { resourcePreEvent: { metadata: opa("same") } }, { resOutputsEvent: { metadata: opa("same") } }],
};
