import type { RoleArgs } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { crud } from "../crud.ts";
import { outside, text, type Representation } from "../fields.ts";

type Args = Plain<RoleArgs>;

const named = (inputs: Args): string => `role "${inputs.name}" of realm "${inputs.realmId}"`;

/** `keycloak:index/role:Role` of a realm; its id is Keycloak's, imports are `realmId/roleId`. */
export const role = crud<Args>({
  token: "keycloak:index/role:Role",
  fields: { realmId: outside(), name: text(["name"], { required: true }), description: text(["description"]) },
  autonamed: "name",
  realmKey: "realmId",
  importFormat: "realmId/roleId",
  parseImport: ([realmId, id, ...rest]) => (realmId && id && rest.length === 0 ? { id, where: { realmId } } : undefined),
  describe: named,
  async create(api, inputs, representation) {
    await api.add(`create ${named(inputs)}`, (admin) => admin.roles.create({ ...representation, realm: inputs.realmId }));
    const made = await api.find(`read ${named(inputs)}`, (admin) => admin.roles.findOneByName({ name: inputs.name as string, realm: inputs.realmId }));
    if (!made?.id) throw new Error(`${named(inputs)} was made and cannot be found`);
    return made.id;
  },
  find: (api, where, id) =>
    api.find(`read role ${id} of realm "${where.realmId}"`, (admin) => admin.roles.findOneById({ id, realm: where.realmId }) as Promise<Representation | undefined>),
  async replace(api, inputs, id, representation) {
    await api.change(`update ${named(inputs)}`, (admin) => admin.roles.updateById({ id, realm: inputs.realmId }, representation));
  },
  remove: (api, where, id) => api.remove(`delete ${named(where)}`, (admin) => admin.roles.delById({ id, realm: where.realmId })),
});
