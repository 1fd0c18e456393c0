import type AuthenticationExecutionInfoRepresentation from "@keycloak/keycloak-admin-client/lib/defs/authenticationExecutionInfoRepresentation.js";
import type { Api } from "../api.ts";
import { count, outside, text, type Representation } from "../fields.ts";

/** What executions and subflows have in common: their place in a parent flow. */
export interface EntryArgs {
  readonly realmId: string;
  readonly parentFlowAlias: string;
  readonly requirement?: string | undefined;
  readonly priority?: number | undefined;
}

/** The properties that say where an entry stands in its parent flow; lower priorities run first. */
export const entryFields = {
  realmId: outside(),
  parentFlowAlias: outside(),
  requirement: text(["requirement"], { default: "DISABLED", oneOf: ["REQUIRED", "ALTERNATIVE", "CONDITIONAL", "DISABLED"] }),
  priority: count(["priority"]),
};

/** The direct entry of a flow that `matches` names; undefined when it or the flow is gone. */
export async function findEntry(
  api: Api,
  { realmId, parentFlowAlias }: EntryArgs,
  matches: (entry: AuthenticationExecutionInfoRepresentation) => boolean,
): Promise<Representation | undefined> {
  const entries = await api.find(`read flow "${parentFlowAlias}" of realm "${realmId}"`, (admin) =>
    admin.authenticationManagement.getExecutions({ flow: parentFlowAlias, realm: realmId }) as Promise<AuthenticationExecutionInfoRepresentation[]>);
  return entries?.find((entry) => entry.level === 0 && matches(entry)) as Representation | undefined;
}

/** Sets an entry's requirement and priority, which Keycloak does not take when the entry is made. */
export async function placeEntry(api: Api, inputs: EntryArgs, entry: Representation, what: string): Promise<void> {
  const body = { ...entry, requirement: inputs.requirement ?? "DISABLED", ...(inputs.priority === undefined ? {} : { priority: inputs.priority }) };
  await api.change(what, (admin) => admin.authenticationManagement.updateExecution({ flow: inputs.parentFlowAlias, realm: inputs.realmId }, body));
}

/** Body of an `addExecutionToFlow`/`addFlowToFlow` request: Keycloak counts up from the last entry where no priority is given. */
export const withPriority = (inputs: EntryArgs): { priority?: number } => (inputs.priority === undefined ? {} : { priority: inputs.priority });
