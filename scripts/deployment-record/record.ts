import type { Parents, Topology } from "./owners.ts";
import { isEnd, mayFollow, type DeploymentState, type Phase } from "./state-machine.ts";

/** A change of state. Times are milliseconds since 1970. */
export interface Transition {
  readonly from: DeploymentState;
  readonly to: DeploymentState;
  readonly at: number;
}

/** What the engine did to one resource. */
export interface Step {
  /** Name of the resource in the program. */
  readonly resource: string;
  readonly type: string;
  /** The engine's word: create, update, delete, replace, ... */
  readonly operation: string;
  readonly phase: Phase;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Undefined while it runs, and for ever when the run was cut off. */
  readonly result?: "done" | "failed";
  readonly error?: string;
}

/** Why a deployment failed. */
export interface Failure {
  /** Name of the resource, or "program" when the run failed outside of the instance's resources. */
  readonly step: string;
  /** The error's own DIVE_ERR_ code if it names one, else a code of this record: RESOURCE_FAILED, PROGRAM_FAILED, RUN_STOPPED, RUN_BY_HAND. */
  readonly code: string;
  readonly message: string;
}

/** One run's work on one instance: a row of `deployments` with its transitions and steps. */
export interface Deployment {
  /** UUID of the run; with the instance the key of the row. */
  readonly run: string;
  /** Code of three letters. */
  readonly instance: string;
  readonly stack: string;
  readonly operation: "up" | "destroy";
  /** Who saw it: `./dive` itself, or the engine's history (a run typed by hand). */
  readonly source: "dive" | "history";
  /** User, machine and process, for people. */
  readonly holder: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly state: DeploymentState;
  readonly transitions: readonly Transition[];
  /** By URN and operation. */
  readonly steps: Readonly<Record<string, Step>>;
  readonly failure?: Failure;
}

/** One run of the engine, as far as it has come. */
export interface Run extends Pick<Deployment, "run" | "stack" | "operation" | "holder" | "startedAt"> {
  readonly topology: Topology;
  readonly parents: Parents;
  /** By code; an instance without a change has none. */
  readonly deployments: Readonly<Record<string, Deployment>>;
  /** First error of each URN; "" for the run as a whole. */
  readonly errors: Readonly<Record<string, string>>;
  /** Whether the engine said that it was stopped before its end. */
  readonly cancelled: boolean;
}

/** The deployment with another state. @throws Error when the state machine does not allow it */
export function enter(deployment: Deployment, to: DeploymentState, at: number): Deployment {
  const { state: from } = deployment;
  if (!mayFollow(from, to)) throw new Error(`Deployment of ${deployment.instance}: ${from} cannot become ${to}.`);
  return { ...deployment, state: to, transitions: [...deployment.transitions, { from, to, at }], ...(isEnd(to) ? { endedAt: at } : {}) };
}

/** How long a deployment was in each state that it has left, in milliseconds. */
export function durations({ transitions }: Pick<Deployment, "transitions">): Partial<Record<DeploymentState, number>> {
  return Object.fromEntries(transitions.slice(1).map(({ from, at }, i) => [from, at - transitions[i]!.at]));
}
