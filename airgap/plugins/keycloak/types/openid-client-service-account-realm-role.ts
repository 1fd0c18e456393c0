import type { openid } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import type { Api } from "../api.ts";
import { crud } from "../crud.ts";
import { outside, text } from "../fields.ts";

type Args = Plain<openid.ClientServiceAccountRealmRoleArgs>;

const named = ({ role, serviceAccountUserId, realmId }: Args): string => `role "${role}" of service account ${serviceAccountUserId} of realm "${realmId}"`;

/** The role as the admin API wants it in a mapping: with id and name. */
async function roleOf(api: Api, inputs: Args): Promise<{ id: string; name: string }> {
  const found = await api.find(`read role "${inputs.role}" of realm "${inputs.realmId}"`, (admin) => admin.roles.findOneByName({ name: inputs.role, realm: inputs.realmId }));
  if (!found?.id) throw new Error(`realm "${inputs.realmId}" has no role "${inputs.role}"`);
  return { id: found.id, name: inputs.role };
}

/** `keycloak:openid/clientServiceAccountRealmRole:ClientServiceAccountRealmRole`; its id is `serviceAccountUserId/roleId`, imports are `realmId/serviceAccountUserId/roleId`. */
export const openidClientServiceAccountRealmRole = crud<Args>({
  token: "keycloak:openid/clientServiceAccountRealmRole:ClientServiceAccountRealmRole",
  fields: { realmId: outside(), serviceAccountUserId: outside(), role: text(["name"], { required: true, replaces: true }) },
  realmKey: "realmId",
  importFormat: "realmId/serviceAccountUserId/roleId",
  parseImport: ([realmId, serviceAccountUserId, roleId, ...rest]) =>
    realmId && serviceAccountUserId && roleId && rest.length === 0 ? { id: `${serviceAccountUserId}/${roleId}`, where: { realmId, serviceAccountUserId } } : undefined,
  describe: named,
  async create(api, inputs) {
    const role = await roleOf(api, inputs);
    await api.change(`give ${named(inputs)}`, (admin) => admin.users.addRealmRoleMappings({ id: inputs.serviceAccountUserId, realm: inputs.realmId, roles: [role] }));
    return `${inputs.serviceAccountUserId}/${role.id}`;
  },
  async find(api, where, id) {
    const roleId = id.split("/")[1];
    const mapped = await api.find(`read the roles of service account ${where.serviceAccountUserId} of realm "${where.realmId}"`, (admin) =>
      admin.users.listRealmRoleMappings({ id: where.serviceAccountUserId, realm: where.realmId }));
    return mapped?.find((role) => role.id === roleId);
  },
  // Every property replaces it.
  replace: async () => undefined,
  remove: async (api, where, id) => {
    const role = { id: id.split("/")[1]!, name: where.role };
    await api.remove(`take ${named(where)}`, (admin) => admin.users.delRealmRoleMappings({ id: where.serviceAccountUserId, realm: where.realmId, roles: [role] }));
  },
});
