import type { authentication } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { crud } from "../crud.ts";
import { outside, text, type Representation } from "../fields.ts";
import { flowLock } from "./authentication-flow.ts";
import { entryFields, findEntry, placeEntry, withPriority } from "./flow-entries.ts";

type Args = Plain<authentication.SubflowArgs>;

const named = (inputs: Args): string => `subflow "${inputs.alias}" of flow "${inputs.parentFlowAlias}" of realm "${inputs.realmId}"`;

/** `keycloak:authentication/subflow:Subflow`; its id is the flow's (not the entry's), imports are `realmId/parentFlowAlias/id`. */
export const authenticationSubflow = crud<Args>({
  token: "keycloak:authentication/subflow:Subflow",
  fields: {
    ...entryFields,
    alias: text(["alias"]),
    description: text(["description"]),
    providerId: text(["providerId"], { default: "basic-flow", oneOf: ["basic-flow", "form-flow", "client-flow"], replaces: true }),
    authenticator: outside({ replaces: true }),
  },
  autonamed: "alias",
  realmKey: "realmId",
  importFormat: "realmId/parentFlowAlias/flow id",
  parseImport: ([realmId, parentFlowAlias, id, ...rest]) =>
    realmId && parentFlowAlias && id && rest.length === 0 ? { id, where: { realmId, parentFlowAlias } } : undefined,
  describe: named,
  lock: (inputs) => flowLock(inputs.realmId),
  async create(api, inputs) {
    const body = {
      flow: inputs.parentFlowAlias,
      alias: inputs.alias!,
      type: inputs.providerId ?? "basic-flow",
      provider: inputs.authenticator ?? "",
      description: inputs.description ?? "",
      ...withPriority(inputs),
      realm: inputs.realmId,
    };
    return (await api.add(`create ${named(inputs)}`, (admin) => admin.authenticationManagement.addFlowToFlow(body))).id as string;
  },
  async settle(api, inputs, id) {
    const entry = await findEntry(api, inputs, (each) => each.flowId === id);
    if (!entry) throw new Error(`Keycloak does not list it`);
    await placeEntry(api, inputs, entry, `set the requirement of ${named(inputs)}`);
  },
  async find(api, where, id) {
    const entry = await findEntry(api, where, (each) => each.flowId === id);
    const flow = entry && (await api.find(`read subflow ${id} of realm "${where.realmId}"`, (admin) =>
      admin.authenticationManagement.getFlow({ flowId: id, realm: where.realmId }) as Promise<Representation>));
    // The entry's id is kept beside the flow's: updates and deletes of the entry need it.
    return flow && { ...flow, requirement: entry["requirement"], priority: entry["priority"], entry };
  },
  async replace(api, inputs, id, { entry, requirement: _requirement, priority: _priority, ...flow }) {
    await api.change(`update ${named(inputs)}`, (admin) => admin.authenticationManagement.updateFlow({ flowId: id, realm: inputs.realmId }, flow));
    // Keycloak renames the flow by this request, too: the old name would undo the new one.
    const renamed = { ...(entry as Representation), displayName: flow["alias"], description: flow["description"] };
    await placeEntry(api, inputs, renamed, `place ${named(inputs)}`);
  },
  async remove(api, where, id) {
    const entry = await findEntry(api, where, (each) => each.flowId === id);
    if (!entry) return;
    await api.remove(`delete ${named(where)}`, (admin) =>
      admin.authenticationManagement.delExecution({ id: entry["id"] as string, realm: where.realmId }));
  },
});
