import type { authentication } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { crud } from "../crud.ts";
import { outside, text, type Representation } from "../fields.ts";

type Args = Plain<authentication.FlowArgs>;

const named = (inputs: Args): string => `authentication flow "${inputs.alias}" of realm "${inputs.realmId}"`;

/** Side by side, Keycloak mixes up the order of a realm's executions: one key for all work on a realm's flows. */
export const flowLock = (realmId: string): string => `${realmId}:flows`;

/** `keycloak:authentication/flow:Flow`; its id is Keycloak's, imports are `realmId/id`. */
export const authenticationFlow = crud<Args>({
  token: "keycloak:authentication/flow:Flow",
  fields: {
    realmId: outside(),
    alias: text(["alias"]),
    description: text(["description"]),
    providerId: text(["providerId"], { default: "basic-flow", oneOf: ["basic-flow", "client-flow"], replaces: true }),
  },
  autonamed: "alias",
  realmKey: "realmId",
  importFormat: "realmId/flow id",
  parseImport: ([realmId, id, ...rest]) => (realmId && id && rest.length === 0 ? { id, where: { realmId } } : undefined),
  describe: named,
  lock: (inputs) => flowLock(inputs.realmId),
  async create(api, inputs, representation) {
    const body = { description: "", ...representation, topLevel: true, builtIn: false, realm: inputs.realmId };
    return (await api.add(`create ${named(inputs)}`, (admin) => admin.authenticationManagement.createFlow(body))).id as string;
  },
  find: (api, where, flowId) =>
    api.find(`read authentication flow ${flowId} of realm "${where.realmId}"`, (admin) =>
      admin.authenticationManagement.getFlow({ flowId, realm: where.realmId }) as Promise<Representation>),
  async replace(api, inputs, flowId, representation) {
    await api.change(`update ${named(inputs)}`, (admin) => admin.authenticationManagement.updateFlow({ flowId, realm: inputs.realmId }, representation));
  },
  remove: (api, where, flowId) =>
    api.remove(`delete ${named(where)}`, (admin) => admin.authenticationManagement.deleteFlow({ flowId, realm: where.realmId })),
});
