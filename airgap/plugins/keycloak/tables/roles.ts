import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { common, found, own, prepared, schemaOf, updates } from "./cases.ts";
import type { KeycloakCase, KeycloakSubject, KeycloakWorld } from "./world.ts";

const source = schemaOf("role");
const roles = async (subject: KeycloakSubject) => (await subject.world.renew()).roles;

/** `Role`. */
export const roleTable: Table<KeycloakWorld> = {
  token: "keycloak:index/role:Role",
  base: (subject) => ({ realmId: subject.world.realm, name: own(subject) }),
  look: async (subject) => {
    const { realm } = subject.world;
    const all = await roles(subject);
    return subject.stored ? found(all.findOneById({ realm, id: subject.stored.id })) : found(all.findOneByName({ realm, name: own(subject) }));
  },
  deleteBeforeReplace: true,
  cases: [
    { does: "create", name: "as the program's", source, given: { description: "d" }, effect: { description: "d" } },
    { does: "refuse", name: "a name that is taken", source: "existing objects are not adopted: 409", message: /409 Conflict/, prepare: async (subject) => void (await (await roles(subject)).create({ realm: subject.world.realm, name: own(subject) })) },
    ...updates(source, { description: ["a", "b"] }),
    { does: "drift", name: "described anew in the console", source, given: { description: "a" }, verdict: { description: "UPDATE" }, effect: { description: "a" },
      outside: async (subject) => (await roles(subject)).updateById({ realm: subject.world.realm, id: subject.stored!.id }, { name: own(subject), description: "b" }) },
    { does: "import", name: "by realm and id", source: `${source}: {{realm}}/{{role_id}}`, id: ({ world, stored }) => `${world.realm}/${stored!.id}`, given: { description: "d" } },
    ...common(async (subject) => (await roles(subject)).delById({ realm: subject.world.realm, id: subject.stored!.id })),
  ] satisfies KeycloakCase[],
};

const granted = schemaOf("openid_client_service_account_realm_role");
const accounts = new Map<string, string>();

/** A client with a service account, and two roles, of the case's own. */
const prepare = async (subject: KeycloakSubject): Promise<void> => {
  const { realm } = subject.world;
  const admin = await subject.world.renew();
  const { id } = await admin.clients.create({ realm, clientId: own(subject), serviceAccountsEnabled: true, publicClient: false });
  accounts.set(own(subject), (await admin.clients.getServiceAccountUser({ realm, id })).id!);
  for (const name of ["a", "b"]) await admin.roles.create({ realm, name: `${own(subject)}-${name}` });
};
const mappings = async (subject: KeycloakSubject) => {
  const id = accounts.get(own(subject));
  const mine = id === undefined ? [] : ((await found((await subject.world.renew()).users.listRealmRoleMappings({ realm: subject.world.realm, id }))) ?? []).filter(({ name }) => name!.startsWith(own(subject)));
  return mine.length === 0 ? undefined : mine.map(({ name }) => name!);
};
const take = async (subject: KeycloakSubject): Promise<void> => {
  const { realm, admin } = subject.world;
  const role = (await admin.roles.findOneByName({ realm, name: `${own(subject)}-a` }))!;
  await (await subject.world.renew()).users.delRealmRoleMappings({ realm, id: accounts.get(own(subject))!, roles: [{ id: role.id!, name: role.name! }] });
};

/** `openid.ClientServiceAccountRealmRole`. */
export const serviceAccountRealmRoleTable: Table<KeycloakWorld> = {
  token: "keycloak:openid/clientServiceAccountRealmRole:ClientServiceAccountRealmRole",
  base: (subject) => ({ realmId: subject.world.realm, serviceAccountUserId: accounts.get(own(subject)) ?? "none", role: `${own(subject)}-a` }),
  look: mappings,
  deleteBeforeReplace: true,
  cases: prepared(prepare, [
    { does: "create", name: "as the program's", source: granted, effect: (seen, { name }) => expect(seen).toEqual([`${name}-a`]) },
    { does: "change", name: "role", source: `${granted}: ForceNew`, change: ({ name }) => ({ role: `${name}-b` }), verdict: { role: "UPDATE_REPLACE" }, effect: (seen, { name }) => expect(seen).toEqual([`${name}-b`]) },
    { does: "refuse", name: "a role that is not there", source: "provider: GetRoleByName", given: { role: "nobody's" }, message: /has no role "nobody's"/ },
    { does: "drift", name: "the role renamed", source: "provider: Read takes the role's name from Keycloak", verdict: { role: "UPDATE_REPLACE" }, effect: (seen, { name }) => expect(seen).toContain(`${name}-a`),
      outside: async ({ world: { realm, admin }, name }) => {
        const { id } = (await admin.roles.findOneByName({ realm, name: `${name}-a` }))!;
        await admin.roles.updateById({ realm, id: id! }, { name: `${name}-c` });
        await admin.roles.create({ realm, name: `${name}-a` });
      } },
    { does: "import", name: "by realm, account and role", source: `${granted}: {{realmId}}/{{serviceAccountUserId}}/{{roleId}}`, id: ({ world, stored }) => `${world.realm}/${stored!.id}` },
    { does: "invalid", name: "no role", source: `${granted}: Required`, change: { role: undefined }, failures: { role: /required/ } },
    ...common(take),
  ]),
};
