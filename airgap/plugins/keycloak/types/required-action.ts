import type { RequiredActionArgs } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import type { Api } from "../api.ts";
import { crud } from "../crud.ts";
import { chosen, count, flag, outside, text, type Representation } from "../fields.ts";

type Args = Plain<RequiredActionArgs>;

const named = (inputs: Args): string => `required action "${inputs.alias}" of realm "${inputs.realmId}"`;

/**
 * `keycloak:index/requiredAction:RequiredAction`; its id is `realmId/alias`, imports the same. Keycloak's realms have them from the start:
 * create sets the one of the alias, as the official provider does, and registers it first where somebody had deleted it.
 */
export const requiredAction = crud<Args>({
  token: "keycloak:index/requiredAction:RequiredAction",
  fields: {
    realmId: outside(),
    alias: text(["alias"], { required: true, replaces: true }),
    name: text(["name"]),
    // Not said is off, as in the official provider.
    enabled: flag(["enabled"], { default: false }),
    defaultAction: flag(["defaultAction"], { default: false }),
    priority: count(["priority"], chosen),
  },
  realmKey: "realmId",
  importFormat: "realmId/alias",
  parseImport: ([realmId, alias, ...rest]) => (realmId && alias && rest.length === 0 ? { id: `${realmId}/${alias}`, where: { realmId, alias } } : undefined),
  describe: named,
  lock: (inputs) => `${inputs.realmId}:required-actions`,
  async create(api, inputs, representation) {
    const realm = inputs.realmId;
    const unregistered = await api.find(`read the unregistered required actions of realm "${realm}"`, (admin) => admin.authenticationManagement.getUnregisteredRequiredActions({ realm } as never)); // declared as void, and takes the realm all the same
    const action = unregistered?.find(({ providerId }) => providerId === inputs.alias);
    if (action) await api.add(`register ${named(inputs)}`, (admin) => admin.authenticationManagement.registerRequiredAction({ ...action, realm }));
    const found = await find(api, inputs);
    if (!found) throw new Error(`${named(inputs)} cannot be set: Keycloak knows no such action`);
    await put(api, inputs, { ...found, ...representation });
    return `${realm}/${inputs.alias}`;
  },
  find: (api, where) => find(api, where),
  replace: (api, inputs, _id, representation) => put(api, inputs, representation),
  remove: (api, where) =>
    api.remove(`delete ${named(where)}`, (admin) => admin.authenticationManagement.deleteRequiredAction({ alias: where.alias, realm: where.realmId })),
});

function find(api: Api, where: Args): Promise<Representation | undefined> {
  return api.find(`read ${named(where)}`, (admin) =>
    admin.authenticationManagement.getRequiredActionForAlias({ alias: where.alias, realm: where.realmId }) as Promise<Representation | undefined>);
}

async function put(api: Api, inputs: Args, representation: Representation): Promise<void> {
  await api.change(`update ${named(inputs)}`, (admin) => admin.authenticationManagement.updateRequiredAction({ alias: inputs.alias, realm: inputs.realmId }, representation));
}
