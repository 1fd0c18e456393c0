import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { common, found, own, replaces, schemaOf, updates } from "./cases.ts";
import type { KeycloakCase, KeycloakSubject, KeycloakWorld } from "./world.ts";

const source = schemaOf("user");
const users = async (subject: KeycloakSubject) => (await subject.world.renew()).users;
const outside = (change: object) => async (subject: KeycloakSubject) => {
  const at = { id: subject.stored!.id, realm: subject.world.realm };
  const before = await (await users(subject)).findOne(at);
  await subject.world.admin.users.update(at, { ...before, ...change });
};

const cases: readonly KeycloakCase[] = [
  { does: "create", name: "as the program's", source, given: { attributes: { clearance: "SECRET", acpCOI: "NATO##FVEY" }, initialPassword: { value: "a-long-enough-password", temporary: false } },
    effect: async (seen, { world }) => {
      expect(seen).toMatchObject({ enabled: true, attributes: { clearance: ["SECRET"], acpCOI: ["NATO", "FVEY"] } });
      expect((await world.admin.users.getCredentials({ id: seen.id, realm: world.realm })).map(({ type }) => type)).toEqual(["password"]);
    } },
  { does: "refuse", name: "a name that is taken", source: "existing objects are not adopted: 409", message: /409 Conflict: User exists with same username/,
    prepare: async (subject) => void (await (await users(subject)).create({ realm: subject.world.realm, username: own(subject) })) },
  ...updates(source, { enabled: [true, false], email: ["a@example.org", "b@example.org"], emailVerified: [false, true], firstName: ["A", "B"], lastName: ["A", "B"] }),
  { does: "change", name: "attributes", source, given: { attributes: { a: "1", b: "2" } }, change: { attributes: { a: "1##3" } }, verdict: { "attributes.a": "UPDATE", "attributes.b": "DELETE" }, effect: { attributes: { a: ["1", "3"] } } },
  { does: "change", name: "requiredActions", source, given: { requiredActions: ["UPDATE_PASSWORD"] }, change: { requiredActions: ["UPDATE_PROFILE"] },
    verdict: { "requiredActions[0]": "UPDATE" }, effect: { requiredActions: ["UPDATE_PROFILE"] } },
  { does: "change", name: "initialPassword", source: `${source}: onlyDiffOnCreate suppresses it`, given: { initialPassword: { value: "a-long-enough-password" } }, change: { initialPassword: { value: "another-long-password" } }, verdict: {} },
  { does: "change", name: "firstName, dropped", source, given: { firstName: "A" }, change: { firstName: undefined }, verdict: { firstName: "DELETE" }, effect: (seen) => expect(seen.firstName ?? "").toBe("") },
  ...replaces(source, { username: ["somebody-a", "somebody-b"] }),
  { does: "drift", name: "disabled in the console", source, outside: outside({ enabled: false }), verdict: { enabled: "UPDATE" }, effect: { enabled: true } },
  { does: "drift", name: "an attribute changed", source, given: { attributes: { clearance: "SECRET" } }, outside: outside({ attributes: { clearance: ["TOP_SECRET"] } }), verdict: { "attributes.clearance": "UPDATE" }, effect: { attributes: { clearance: ["SECRET"] } } },
  { does: "import", name: "by realm and id", source: `${source}: {{realm}}/{{user_id}}`, id: ({ world, stored }) => `${world.realm}/${stored!.id}`, given: { firstName: "A", attributes: { a: "1" } } },
  { does: "invalid", name: "an upper-case name", source: `${source}: ValidateFunc`, change: { username: "Alice" }, failures: { username: /all lowercase/ } },
  { does: "invalid", name: "no realm", source: `${source}: Required`, change: { realmId: undefined }, failures: { realmId: /required/ } },
  ...common(async (subject) => (await users(subject)).del({ id: subject.stored!.id, realm: subject.world.realm })),
];

/** `User`. */
export const userTable: Table<KeycloakWorld> = {
  token: "keycloak:index/user:User",
  base: (subject) => ({ realmId: subject.world.realm, username: own(subject) }),
  look: async (subject) => {
    const { realm } = subject.world;
    const all = await users(subject);
    return subject.stored ? found(all.findOne({ realm, id: subject.stored.id })) : (await all.find({ realm, username: own(subject), exact: true }))[0];
  },
  deleteBeforeReplace: true,
  cases,
};
