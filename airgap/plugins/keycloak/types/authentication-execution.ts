import type { authentication } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { crud } from "../crud.ts";
import { text } from "../fields.ts";
import { flowLock } from "./authentication-flow.ts";
import { entryFields, findEntry, placeEntry, withPriority } from "./flow-entries.ts";

type Args = Plain<authentication.ExecutionArgs>;

const named = (inputs: Args): string =>
  `execution of "${inputs.authenticator}" in flow "${inputs.parentFlowAlias}" of realm "${inputs.realmId}"`;

/** `keycloak:authentication/execution:Execution`; its id is Keycloak's, imports are `realmId/parentFlowAlias/id`. */
export const authenticationExecution = crud<Args>({
  token: "keycloak:authentication/execution:Execution",
  fields: { ...entryFields, authenticator: text(["providerId"], { required: true, replaces: true }) },
  realmKey: "realmId",
  importFormat: "realmId/parentFlowAlias/execution id",
  parseImport: ([realmId, parentFlowAlias, id, ...rest]) =>
    realmId && parentFlowAlias && id && rest.length === 0 ? { id, where: { realmId, parentFlowAlias } } : undefined,
  describe: named,
  lock: (inputs) => flowLock(inputs.realmId),
  async create(api, inputs) {
    const body = { flow: inputs.parentFlowAlias, provider: inputs.authenticator, ...withPriority(inputs), realm: inputs.realmId };
    return (await api.add(`create ${named(inputs)}`, (admin) => admin.authenticationManagement.addExecutionToFlow(body))).id as string;
  },
  async settle(api, inputs, id) {
    const entry = await findEntry(api, inputs, (each) => each.id === id);
    if (!entry) throw new Error(`Keycloak does not list it`);
    await placeEntry(api, inputs, entry, `set the requirement of the ${named(inputs)}`);
  },
  find: (api, where, id) => findEntry(api, where, (each) => each.id === id),
  replace: (api, inputs, _id, representation) => placeEntry(api, inputs, representation, `update the ${named(inputs)}`),
  remove: (api, where, id) =>
    api.remove(`delete the ${named(where)}`, (admin) => admin.authenticationManagement.delExecution({ id, realm: where.realmId })),
});
