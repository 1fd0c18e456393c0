import type { authentication } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { crud } from "../crud.ts";
import { outside, text, type Field, type Representation } from "../fields.ts";
import { flowLock } from "./authentication-flow.ts";

type Args = Plain<authentication.ExecutionConfigArgs>;

/** What Keycloak answers for keys that the authenticator does not describe, such as `default.reference.value`. */
const MASKED = "**********";

/** The whole map belongs to the program: a key that somebody added is a difference. A value that Keycloak masks is taken to be the known one. */
const config: Field = {
  type: { map: "string" },
  required: true,
  write: (representation, value) => void (representation["config"] = value),
  read: (representation, known?: Record<string, string>) =>
    representation["config"] && Object.fromEntries(Object.entries(representation["config"] as Record<string, string>).map(([key, value]) => [key, value === MASKED ? (known?.[key] ?? value) : value])),
};

const named = (inputs: Args): string => `config "${inputs.alias}" of execution ${inputs.executionId} of realm "${inputs.realmId}"`;

/** `keycloak:authentication/executionConfig:ExecutionConfig`; its id is Keycloak's, imports are `realmId/executionId/id`. */
export const authenticationExecutionConfig = crud<Args>({
  token: "keycloak:authentication/executionConfig:ExecutionConfig",
  fields: { realmId: outside(), executionId: outside(), alias: text(["alias"], { replaces: true }), config },
  autonamed: "alias",
  realmKey: "realmId",
  importFormat: "realmId/executionId/config id",
  parseImport: ([realmId, executionId, id, ...rest]) =>
    realmId && executionId && id && rest.length === 0 ? { id, where: { realmId, executionId } } : undefined,
  describe: named,
  lock: (inputs) => flowLock(inputs.realmId),
  async create(api, inputs, representation) {
    const body = { ...representation, id: inputs.executionId, realm: inputs.realmId };
    return (await api.add(`create ${named(inputs)}`, (admin) => admin.authenticationManagement.createConfig(body))).id as string;
  },
  find: (api, where, id) =>
    api.find(`read ${named(where)}`, (admin) => admin.authenticationManagement.getConfig({ id, realm: where.realmId }) as Promise<Representation>),
  async replace(api, inputs, id, representation) {
    await api.change(`update ${named(inputs)}`, (admin) => admin.authenticationManagement.updateConfig({ ...representation, id, realm: inputs.realmId }));
  },
  remove: (api, where, id) => api.remove(`delete ${named(where)}`, (admin) => admin.authenticationManagement.delConfig({ id, realm: where.realmId })),
});
