/** The states of one deployment of one instance. The database's CHECK and its table of allowed transitions are generated from here. */

/** Every state, in the order in which a deployment passes them; the last three are ends. */
export const STATES = ["UNKNOWN", "INITIALIZING", "DEPLOYING", "CONFIGURING", "VERIFYING", "COMPLETE", "FAILED", "INTERRUPTED"] as const;

/** One of {@link STATES}. */
export type DeploymentState = (typeof STATES)[number];

/** What a deployment is at while the engine works on resources. */
export type Phase = Extract<DeploymentState, "DEPLOYING" | "CONFIGURING" | "VERIFYING">;

const ENDS = ["COMPLETE", "FAILED", "INTERRUPTED"] as const satisfies readonly DeploymentState[];

/**
 * Which state may follow which. A phase with nothing to do is left out (a changed realm deploys no container), none comes twice.
 * From UNKNOWN straight to an end goes a run that was typed by hand: the engine's history knows how it ended, not what lay between.
 */
export const TRANSITIONS: Readonly<Record<DeploymentState, readonly DeploymentState[]>> = {
  UNKNOWN: ["INITIALIZING", ...ENDS],
  INITIALIZING: ["DEPLOYING", "CONFIGURING", "VERIFYING", ...ENDS],
  DEPLOYING: ["CONFIGURING", "VERIFYING", ...ENDS],
  CONFIGURING: ["VERIFYING", ...ENDS],
  VERIFYING: [...ENDS],
  COMPLETE: [],
  FAILED: [],
  INTERRUPTED: [],
};

/** Whether `to` may follow `from`. */
export const mayFollow = (from: DeploymentState, to: DeploymentState): boolean => TRANSITIONS[from].includes(to);

/** Whether a deployment in this state is over. */
export const isEnd = (state: DeploymentState): boolean => TRANSITIONS[state].length === 0;
