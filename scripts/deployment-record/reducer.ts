/** What the engine's events mean for the instances of a stack. Pure: times come with the events, nothing is read or written. */
import { describeUrn, type EngineEvent, type StepMetadata } from "../engine/events.ts";
import { withoutColours } from "../engine/report.ts";
import { codesOf, learnParent, ownersOf, type Parents } from "./owners.ts";
import { phaseOf } from "./phases.ts";
import { enter, type Deployment, type Failure, type Run, type Step } from "./record.ts";
import { isEnd, mayFollow } from "./state-machine.ts";

/** Operations of the engine that change nothing. */
const UNCHANGED = new Set(["same", "read", "refresh", "read-replacement", "read-discard", "discard"]);

/** Exit codes of the CLI after which everything was done; 7 only says that `--expect-no-changes` was not met. */
const DONE = new Set([0, 7]);

/** Exit code of a cancelled run, which the CLI does not always give; its error is this one then, and the code 1. */
const CANCELLED = 8;
const CANCELED = /^(update|destroy) canceled\s*$/;

/** Characters of an error that are kept. */
const MESSAGE_LIMIT = 4000;

/** A run that is about to begin. @param parents those that the state knows: what is deleted comes before its parents */
export function beginRun(run: Pick<Run, "run" | "stack" | "operation" | "holder" | "startedAt" | "topology">, parents: Parents = new Map()): Run {
  return { ...run, parents, deployments: {}, errors: {}, cancelled: false };
}

/** Whether the run has changed anything of any instance; until then there is nothing to record. */
export const hasChanges = (run: Run): boolean => Object.keys(run.deployments).length > 0;

/** The run after one more event. @param at when it came, in milliseconds since 1970 */
export function reduce(run: Run, event: EngineEvent, at: number): Run {
  const { diagnosticEvent: diagnostic, resourcePreEvent: before, resOutputsEvent: after, resOpFailedEvent: failed } = event;
  if (diagnostic?.severity === "error") return CANCELED.test(diagnostic.message) ? { ...run, cancelled: true } : addError(run, diagnostic.urn ?? "", diagnostic.message);
  const metadata = (before ?? after ?? failed)?.metadata;
  if (metadata === undefined) return run;
  const learned = { ...run, parents: learnParent(run.parents, metadata) };
  if (UNCHANGED.has(metadata.op) && failed === undefined) return learned;
  return ownersOf(metadata.urn, learned.parents, run.topology).reduce((current, code) => {
    const deployment = current.deployments[code] ?? startDeployment(current, code);
    const next = before !== undefined ? beginStep(deployment, metadata, at) : endStep(deployment, metadata, at, failed !== undefined, current.errors[metadata.urn]);
    return { ...current, deployments: { ...current.deployments, [code]: next } };
  }, learned as Run);
}

/**
 * The run at its end: every deployment reaches COMPLETE, FAILED or INTERRUPTED.
 * @param exitCode of the CLI
 * @param doubtful instances whose last deployment did not end COMPLETE: that a run found nothing left to do is worth recording there
 */
export function endRun(run: Run, exitCode: number, at: number, doubtful: readonly string[] = []): Run {
  const cancelled = run.cancelled || exitCode === CANCELLED;
  const ok = DONE.has(exitCode) && !cancelled;
  // Nothing of any instance was touched and it failed all the same: a broken program or configuration, which concerns every one of them.
  const more = ok ? doubtful : cancelled || hasChanges(run) ? [] : codesOf(run.topology);
  const concerned = { ...Object.fromEntries(more.map((code) => [code, startDeployment(run, code)])), ...run.deployments };
  const end = (deployment: Deployment): Deployment => {
    if (isEnd(deployment.state)) return deployment;
    if (cancelled) return enter(deployment, "INTERRUPTED", at);
    return ok ? enter(deployment, "COMPLETE", at) : { ...enter(deployment, "FAILED", at), failure: failureOfRun(run) };
  };
  return { ...run, deployments: Object.fromEntries(Object.entries(concerned).map(([code, deployment]) => [code, end(deployment)])) };
}

function startDeployment({ run, stack, operation, holder, startedAt }: Run, instance: string): Deployment {
  const unknown: Deployment = { run, instance, stack, operation, source: "dive", holder, startedAt, state: "UNKNOWN", transitions: [], steps: {} };
  return enter(unknown, "INITIALIZING", startedAt);
}

const keyOf = ({ urn, op }: StepMetadata): string => `${urn} ${op}`;

/** Components and providers do nothing of their own; they only show that the instance is being worked on. */
const isWork = ({ type, new: after, old: before }: StepMetadata): boolean => (after ?? before)?.custom === true && !type.startsWith("pulumi:");

function beginStep(deployment: Deployment, metadata: StepMetadata, at: number): Deployment {
  if (!isWork(metadata)) return deployment;
  const { type, name: resource } = describeUrn(metadata.urn);
  const phase = phaseOf(type);
  const step: Step = { resource, type, operation: metadata.op, phase, startedAt: at };
  const begun = { ...deployment, steps: { ...deployment.steps, [keyOf(metadata)]: step } };
  // Work of an earlier phase may go on beside a later one; the state only goes forward.
  return mayFollow(deployment.state, phase) ? enter(begun, phase, at) : begun;
}

function endStep(deployment: Deployment, metadata: StepMetadata, at: number, failed: boolean, error: string | undefined): Deployment {
  const key = keyOf(metadata);
  const begun = deployment.steps[key];
  const steps = begun === undefined ? deployment.steps : { ...deployment.steps, [key]: { ...begun, endedAt: at, result: failed ? ("failed" as const) : ("done" as const), ...(error === undefined ? {} : { error }) } };
  const ended = { ...deployment, steps };
  if (!failed || isEnd(deployment.state)) return ended;
  return { ...enter(ended, "FAILED", at), failure: failure(describeUrn(metadata.urn).name, "RESOURCE_FAILED", error ?? "its error was not told") };
}

/** Notes an error; a resource that has failed already gets it as its reason. */
function addError(run: Run, urn: string, text: string): Run {
  if (run.errors[urn] !== undefined) return run;
  const message = withoutColours(text);
  const step = describeUrn(urn).name;
  const explain = (deployment: Deployment): Deployment => {
    const steps = Object.fromEntries(Object.entries(deployment.steps).map(([key, one]) => [key, key.startsWith(`${urn} `) && one.result === "failed" ? { ...one, error: message } : one]));
    return deployment.failure?.step === step ? { ...deployment, steps, failure: failure(step, "RESOURCE_FAILED", message) } : { ...deployment, steps };
  };
  const deployments = urn === "" ? run.deployments : Object.fromEntries(Object.entries(run.deployments).map(([code, one]) => [code, explain(one)]));
  return { ...run, errors: { ...run.errors, [urn]: message }, deployments };
}

/** Why a deployment ended whose own resources did not fail. */
function failureOfRun(run: Run): Failure {
  const other = Object.values(run.deployments).find(({ failure: found }) => found !== undefined);
  if (other?.failure !== undefined) return failure("program", "RUN_STOPPED", `the run stopped because ${other.failure.step} of ${other.instance} failed: ${other.failure.message}`);
  const [urn, message] = Object.entries(run.errors)[0] ?? ["", "the engine ended without naming an error"];
  const { type, name } = describeUrn(urn);
  return failure(urn === "" || type === "pulumi:pulumi:Stack" ? "program" : name, "PROGRAM_FAILED", message);
}

function failure(step: string, code: string, message: string): Failure {
  return { step, code: /\bDIVE_ERR_[A-Z0-9_]+\b/.exec(message)?.[0] ?? code, message: message.slice(0, MESSAGE_LIMIT) };
}
