import { expect, test } from "vitest";
import { parseEvent } from "./events.ts";
import { Report } from "./report.ts";

const urn = "urn:pulumi:dev::dive::dive:index:Hub$docker:index/container:Container::hub-opa";
const metadata = { op: "create", urn, type: "docker:index/container:Container" };

test("counts what began and what is done, and names what is at work", () => {
  const report = new Report();
  report.add({ resourcePreEvent: { metadata } });
  expect(report.detail).toBe("0 of 1 done, at work: hub-opa");
  report.add({ resOutputsEvent: { metadata } });
  expect(report.detail).toBe("1 of 1 done");
  expect(report.steps).toEqual([{ op: "create", type: "docker:index/container:Container", name: "hub-opa" }]);
});

test("an error carries its resource, without the engine's colour marks", () => {
  const report = new Report();
  report.add({ diagnosticEvent: { urn, severity: "error", message: "<{%fg 1%}>port is taken<{%reset%}>\n" } });
  expect(report.problems).toEqual([{ where: "hub-opa (docker:index/container:Container)", message: "port is taken" }]);
});

test("unchanged and refreshed resources are no changes", () => {
  const report = new Report();
  report.add({ summaryEvent: { resourceChanges: { same: 40, refresh: 3 } } });
  expect(report.summary).toBe("0 changes, 40 unchanged");
  report.add({ summaryEvent: { resourceChanges: { same: 40, create: 2, update: 0 } } });
  expect(report.summary).toBe("2 create, 40 unchanged");
});

test.each(["warning: text", "{not json", ""])("%j is text, not an event", (line) => expect(parseEvent(line)).toBeUndefined());

test("a mandatory rule that a resource breaks is a problem with the rule's name", () => {
  const report = new Report();
  report.add({ policyEvent: { resourceUrn: urn, policyName: "confinement", message: "is privileged\n", enforcementLevel: "mandatory" } });
  report.add({ policyEvent: { resourceUrn: urn, policyName: "taste", message: "could be nicer\n", enforcementLevel: "advisory" } });
  expect(report.problems).toEqual([{ where: "hub-opa (docker:index/container:Container)", message: "policy confinement: is privileged" }]);
});
