import { describe, expect, test } from "vitest";
import type { EngineEvent, StepMetadata } from "../engine/events.ts";
import { durations, type Run } from "./record.ts";
import { beginRun, endRun, hasChanges, reduce } from "./reducer.ts";

// A stream as the engine prints it, by hand and small: hub USA, spoke FRA, and the link between them.
const START = 1_000_000;
const urn = (types: string, name: string) => `urn:pulumi:dev::dive::${types}::${name}`;
const STACK = urn("pulumi:pulumi:Stack", "dive-dev");
const HUB = urn("dive:index:Hub", "hub");
const HUB_INSTANCE = urn("dive:index:Hub$dive:index:Instance", "hub");
const FRA = urn("dive:index:Spoke", "spoke-fra");
const FRA_INSTANCE = urn("dive:index:Spoke$dive:index:Instance", "spoke-fra");
const LINK = urn("dive:index:FederationLink", "link-fra");
const HALF = urn("dive:index:FederationLink$dive:index:FederationHalf", "link-fra-at-usa");
const OPA = urn("dive:index:Hub$dive:index:Instance$docker:index/container:Container", "hub-opa");
const DATABASE = urn("dive:index:Hub$dive:index:Instance$postgresql:index/database:Database", "hub-database-keycloak");
const HEALTH = urn("dive:index:Hub$dive:index:Instance$pulumi-nodejs:dive:HealthCheck", "hub-health");
const FRA_OPA = urn("dive:index:Spoke$dive:index:Instance$docker:index/container:Container", "spoke-fra-opa");
const BROKER = urn("dive:index:FederationLink$dive:index:FederationHalf$keycloak:oidc/identityProvider:IdentityProvider", "link-fra-at-usa-broker");
const CHECK = urn("dive:index:FederationLink$pulumi-nodejs:dive:OidcCheck", "link-fra-check");

const parents = new Map([[HUB, STACK], [HUB_INSTANCE, HUB], [FRA, STACK], [FRA_INSTANCE, FRA], [LINK, STACK], [HALF, LINK], [OPA, HUB_INSTANCE], [DATABASE, HUB_INSTANCE], [HEALTH, HUB_INSTANCE], [FRA_OPA, FRA_INSTANCE], [BROKER, HALF], [CHECK, LINK]]);
const components = new Set([HUB, HUB_INSTANCE, FRA, FRA_INSTANCE, LINK, HALF]);
/** As the engine gives it: components have no `custom`. */
const step = (of: string, op: string): StepMetadata => ({ op, urn: of, type: of.split("::")[2]!.split("$").at(-1)!, old: null, new: { parent: parents.get(of)!, ...(components.has(of) ? {} : { custom: true }) } });
const before = (of: string, op = "create"): EngineEvent => ({ resourcePreEvent: { metadata: step(of, op) } });
const after = (of: string, op = "create"): EngineEvent => ({ resOutputsEvent: { metadata: step(of, op) } });
const failed = (of: string, op = "create"): EngineEvent => ({ resOpFailedEvent: { metadata: step(of, op) } });
const error = (of: string, message: string): EngineEvent => ({ diagnosticEvent: { urn: of, severity: "error", message } });
const tree = (op: string) => [...components].map((one) => before(one, op));

const begun = (): Run => beginRun({ run: "3f1c7a52-6c1e-4a1e-9d53-2b6f0f6b7f10", stack: "dev", operation: "up", holder: "me", startedAt: START, topology: { hub: "USA", spokes: ["FRA"] } });
/** Each event one second after the one before. */
const play = (events: readonly EngineEvent[], run = begun()): Run => events.reduce((current, event, i) => reduce(current, event, START + (i + 1) * 1000), run);
const END = START + 60_000;
const stateOf = (run: Run) => Object.fromEntries(Object.values(run.deployments).map(({ instance, state }) => [instance, state]));
const path = (run: Run, code: string) => run.deployments[code]!.transitions.map(({ to }) => to);

describe("a run that makes everything", () => {
  const events = [...tree("create"), before(OPA), before(FRA_OPA), after(OPA), after(FRA_OPA), before(DATABASE), after(DATABASE), before(HEALTH), after(HEALTH), before(BROKER), after(BROKER), before(CHECK), after(CHECK)];

  test("takes each instance through the phases of its own resources to COMPLETE", () => {
    const run = endRun(play(events), 0, END);
    expect(path(run, "USA")).toEqual(["INITIALIZING", "DEPLOYING", "CONFIGURING", "VERIFYING", "COMPLETE"]);
    expect(path(run, "FRA")).toEqual(["INITIALIZING", "DEPLOYING", "VERIFYING", "COMPLETE"]);
  });

  test("knows how long each phase took, beginning with the run", () => {
    const run = endRun(play(events), 0, END);
    expect(durations(run.deployments["USA"]!)).toEqual({ INITIALIZING: 7000, DEPLOYING: 4000, CONFIGURING: 2000, VERIFYING: 47_000 });
    expect(run.deployments["USA"]).toMatchObject({ startedAt: START, endedAt: END });
  });

  test("a half of a link belongs to its side, the link's check to both, and components are no steps", () => {
    const run = play(events);
    const steps = (code: string) => Object.values(run.deployments[code]!.steps).map(({ resource }) => resource);
    expect(steps("USA")).toEqual(["hub-opa", "hub-database-keycloak", "hub-health", "link-fra-at-usa-broker", "link-fra-check"]);
    expect(steps("FRA")).toEqual(["spoke-fra-opa", "link-fra-check"]);
  });

  test("work of an earlier phase beside a later one does not lead back", () => {
    const run = play([...tree("same"), before(DATABASE), before(OPA)]);
    expect(path(run, "USA")).toEqual(["INITIALIZING", "CONFIGURING"]);
  });

  test("an event without a parent still finds its instance by parents told before", () => {
    const { parent: _, ...rest } = step(OPA, "create").new!;
    const run = play([...tree("same"), before(OPA, "same"), { resourcePreEvent: { metadata: { ...step(OPA, "update"), new: rest } } }]);
    expect(stateOf(run)).toEqual({ USA: "DEPLOYING" });
  });
});

describe("a run that destroys", () => {
  test("finds the instance of a resource that goes before its parents by the parents of the state", () => {
    const run = play([before(OPA, "delete"), before(BROKER, "delete")], { ...begun(), operation: "destroy", parents });
    expect(stateOf(run)).toEqual({ USA: "CONFIGURING" });
  });
});

describe("a run that changes nothing", () => {
  test("records nothing, also after a refresh", () => {
    const run = endRun(play([...tree("same"), before(OPA, "refresh"), after(OPA, "refresh"), before(OPA, "same"), after(OPA, "same")]), 0, END);
    expect(hasChanges(run)).toBe(false);
    expect(run.deployments).toEqual({});
  });

  test("records that nothing was left to do where the deployment before did not end COMPLETE", () => {
    const run = endRun(play([...tree("same"), before(OPA, "same")]), 0, END, ["USA"]);
    expect(path(run, "USA")).toEqual(["INITIALIZING", "COMPLETE"]);
    expect(endRun(play(tree("same")), 1, END, ["USA"]).deployments["FRA"]).toMatchObject({ state: "FAILED" });
  });

  test("in one instance records nothing of that one", () => {
    const run = endRun(play([...tree("same"), before(OPA, "update"), after(OPA, "update"), before(FRA_OPA, "same"), after(FRA_OPA, "same")]), 0, END);
    expect(stateOf(run)).toEqual({ USA: "COMPLETE" });
  });
});

describe("a run that fails", () => {
  const events = [...tree("same"), before(OPA), before(FRA_OPA), error(OPA, "<{%fg 1%}>port is taken<{%reset%}>\n"), failed(OPA), after(FRA_OPA)];

  test("leaves FAILED with the resource and its error, at the time it failed", () => {
    const { deployments } = endRun(play(events), 1, END);
    expect(deployments["USA"]).toMatchObject({ state: "FAILED", endedAt: START + 10_000, failure: { step: "hub-opa", code: "RESOURCE_FAILED", message: "port is taken" } });
    expect(Object.values(deployments["USA"]!.steps)[0]).toMatchObject({ result: "failed", error: "port is taken" });
  });

  test("ends the other instances it was working on, and says whose failure it was", () => {
    const { deployments } = endRun(play(events), 1, END);
    expect(deployments["FRA"]!.failure).toEqual({ step: "program", code: "RUN_STOPPED", message: "the run stopped because hub-opa of USA failed: port is taken" });
  });

  test("takes an error that comes after the failure for its reason, and its own code for the code", () => {
    const { deployments } = endRun(play([...tree("same"), before(OPA), failed(OPA), error(OPA, "DIVE_ERR_CIRCUIT_OPEN: federation-link of FRA")]), 1, END);
    expect(deployments["USA"]!.failure).toEqual({ step: "hub-opa", code: "DIVE_ERR_CIRCUIT_OPEN", message: "DIVE_ERR_CIRCUIT_OPEN: federation-link of FRA" });
  });

  test("before it touched an instance concerns every one of them: the program or its configuration is broken", () => {
    const { deployments } = endRun(play([error(STACK, "The stack's configuration breaks 1 rule")]), 1, END);
    expect(Object.values(deployments).map(({ instance, state, failure }) => [instance, state, failure])).toEqual(
      ["USA", "FRA"].map((code) => [code, "FAILED", { step: "program", code: "PROGRAM_FAILED", message: "The stack's configuration breaks 1 rule" }]),
    );
  });

  test("that only broke --expect-no-changes did all its work", () => {
    expect(stateOf(endRun(play([...tree("same"), before(OPA), after(OPA)]), 7, END))).toEqual({ USA: "COMPLETE" });
  });
});

describe("a run that is cancelled", () => {
  const canceled: EngineEvent = { diagnosticEvent: { severity: "error", message: "update canceled\n" } };

  test.each([[canceled, 1], [{}, 8]])("is INTERRUPTED by event %j and exit code %d", (event, exitCode) => {
    expect(stateOf(endRun(play([...tree("same"), before(OPA), event]), exitCode, END))).toEqual({ USA: "INTERRUPTED" });
  });

  test("before it touched anything records nothing", () => {
    expect(endRun(play([canceled]), 1, END).deployments).toEqual({});
  });
});
