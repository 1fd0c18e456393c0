import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { found, prepared, schemaOf } from "./cases.ts";
import type { KeycloakSubject, KeycloakWorld } from "./world.ts";

const source = schemaOf("realm_user_profile");
const realmOf = ({ world }: KeycloakSubject): string => `${world.realm}-profile`;
const prepare = async ({ world }: KeycloakSubject): Promise<void> => void (await world.ownRealm("profile"));
const admin = { views: ["admin", "user"], edits: ["admin"] };
const needed = [{ name: "username", permissions: admin }, { name: "email", permissions: admin }];
const clearance = { name: "clearance", displayName: "Clearance", permissions: admin };
const profile = async (subject: KeycloakSubject, realm: string): Promise<any> => found((await subject.world.renew()).users.getProfile({ realm }));
const names = (seen: { attributes: { name: string }[] }): string[] => seen.attributes.map(({ name }) => name);

const cases = prepared(prepare, [
  { does: "create", name: "as the program's", source, given: { attributes: [...needed, clearance, { name: "acpCOI", multiValued: true, permissions: admin }] },
    effect: (seen) => expect(seen.attributes.slice(2)).toMatchObject([{ name: "clearance", permissions: { view: ["admin", "user"], edit: ["admin"] }, multivalued: false }, { name: "acpCOI", multivalued: true }]) },
  { does: "create", name: "validators, annotations, groups and what is required", source,
    given: {
      attributes: [...needed, { name: "x", group: "g", requiredForRoles: ["user"], enabledWhenScopes: ["email"], permissions: admin, validators: [{ name: "options", config: { options: '["A","B"]' } }], annotations: { inputType: "select" } }],
      groups: [{ name: "g", displayHeader: "Group" }],
    },
    effect: { attributes: [{}, {}, { name: "x", group: "g", required: { roles: ["user"] }, selector: { scopes: ["email"] }, validations: { options: { options: ["A", "B"] } }, annotations: { inputType: "select" } }], groups: [{ name: "g" }] } },
  { does: "change", name: "an attribute more", source, change: { attributes: [...needed, clearance] }, verdict: { "attributes[2]": "ADD" }, effect: (seen) => expect(names(seen)).toEqual(["username", "email", "clearance"]) },
  { does: "change", name: "an attribute less", source, given: { attributes: [...needed, clearance] }, change: { attributes: needed }, verdict: { "attributes[2]": "DELETE" }, effect: (seen) => expect(names(seen)).toEqual(["username", "email"]) },
  { does: "change", name: "who may edit", source, given: { attributes: [...needed, clearance] }, change: { attributes: [...needed, { ...clearance, permissions: { views: ["admin"], edits: ["admin"] } }] },
    verdict: { "attributes[2].permissions.views[1]": "DELETE" }, effect: { attributes: [{}, {}, { permissions: { view: ["admin"] } }] } },
  { does: "change", name: "unmanagedAttributePolicy", source, given: { unmanagedAttributePolicy: "ENABLED" }, change: { unmanagedAttributePolicy: "ADMIN_EDIT" }, verdict: { unmanagedAttributePolicy: "UPDATE" }, effect: { unmanagedAttributePolicy: "ADMIN_EDIT" } },
  { does: "change", name: "unmanagedAttributePolicy, dropped", source: `${source}: default DISABLED`, given: { unmanagedAttributePolicy: "ENABLED" }, change: { unmanagedAttributePolicy: undefined },
    verdict: { unmanagedAttributePolicy: "UPDATE" }, effect: (seen) => expect(seen.unmanagedAttributePolicy).toBeUndefined() },
  { does: "change", name: "the realm", source: `${source}: ForceNew; the old realm's profile goes back to the least`, verdict: { realmId: "UPDATE_REPLACE" },
    prepare: async (subject) => { await prepare(subject); await subject.world.ownRealm("profile-b"); }, given: { attributes: [...needed, clearance] }, change: (subject) => ({ realmId: `${realmOf(subject)}-b` }),
    effect: async (_seen, subject) => expect(names(await profile(subject, realmOf(subject)))).toEqual(["username", "email"]) },
  { does: "drift", name: "an attribute removed in the console", source, given: { attributes: [...needed, clearance] }, verdict: { "attributes[2]": "ADD" }, effect: (seen) => expect(names(seen)).toEqual(["username", "email", "clearance"]),
    outside: async (subject) => (await subject.world.renew()).users.updateProfile({ realm: realmOf(subject), attributes: [{ name: "username" }, { name: "email" }].map((one) => ({ ...one, permissions: { view: ["admin", "user"], edit: ["admin"] } })) }) },
  { does: "drift", name: "unmanaged attributes let in", source: `${source}: default DISABLED`, verdict: { unmanagedAttributePolicy: "UPDATE" },
    outside: async (subject) => (await subject.world.renew()).users.updateProfile({ ...(await profile(subject, realmOf(subject))), realm: realmOf(subject), unmanagedAttributePolicy: "ENABLED" }) },
  { does: "invalid", name: "a policy that is none", source: `${source}: StringInSlice`, change: { unmanagedAttributePolicy: "SOME" }, failures: { unmanagedAttributePolicy: /must be one of/ } },
  { does: "invalid", name: "an attribute without a name", source: `${source}: Required`, change: { attributes: [{ displayName: "x" }] }, failures: { "attributes[0].name": /required/ } },
  { does: "import", name: "by realm", source: "documentation: currently does not support importing", refused: /imports no user profile/ },
  { does: "delete", name: "with its realm, twice; last, as it ends the table's realm", source: "already gone is success", outside: async (subject) => (await subject.world.renew()).realms.del({ realm: realmOf(subject) }) },
]);

/** `RealmUserProfile`. */
export const userProfileTable: Table<KeycloakWorld> = {
  token: "keycloak:index/realmUserProfile:RealmUserProfile",
  base: (subject) => ({ realmId: realmOf(subject), attributes: needed }),
  look: (subject) => profile(subject, subject.stored?.id ?? realmOf(subject)),
  deleteBeforeReplace: true,
  cases,
};
