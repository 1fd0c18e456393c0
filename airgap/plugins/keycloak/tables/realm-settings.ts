import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { found, kept, prepared, schemaOf, updates } from "./cases.ts";
import type { KeycloakCase, KeycloakSubject, KeycloakWorld } from "./world.ts";

const realmOf = ({ world }: KeycloakSubject): string => `${world.realm}-settings`;
const ownRealm = async ({ world }: KeycloakSubject): Promise<void> => void (await world.ownRealm("settings"));
const withRealm = async (subject: KeycloakSubject): Promise<unknown> => (await subject.world.renew()).realms.del({ realm: realmOf(subject) });
const bindings = schemaOf("authentication_bindings");
const bound = ({ world }: KeycloakSubject): string => `${world.realm}-bindings`;
const boundRealm = async ({ world }: KeycloakSubject): Promise<void> => void (await world.ownRealm("bindings"));

/** `authentication.Bindings`. */
export const bindingsTable: Table<KeycloakWorld> = {
  token: "keycloak:authentication/bindings:Bindings",
  base: (subject) => ({ realmId: bound(subject), browserFlow: "mine" }),
  look: async (subject) => found((await subject.world.renew()).realms.findOne({ realm: subject.stored?.id ?? bound(subject) })),
  deleteBeforeReplace: true,
  cases: prepared(boundRealm, [
    { does: "create", name: "one flow, the others as they are", source: `${bindings}: the others are computed`, computed: ["directGrantFlow", "firstBrokerLoginFlow"], outputs: { browserFlow: "mine", directGrantFlow: "direct grant", firstBrokerLoginFlow: "first broker login" }, effect: { browserFlow: "mine" } },
    ...updates(bindings, { browserFlow: ["mine", "browser"], registrationFlow: ["registration", "mine"], directGrantFlow: ["direct grant", "mine"], resetCredentialsFlow: ["reset credentials", "mine"], firstBrokerLoginFlow: ["first broker login", "mine"] }),
    ...kept(bindings, { directGrantFlow: "mine" }),
    { does: "change", name: "the realm", source: `${bindings}: ForceNew; the old realm gets its built-in flows back`, verdict: { realmId: "UPDATE_REPLACE" },
      prepare: async (subject) => { await boundRealm(subject); await subject.world.ownRealm("bindings-b"); }, change: (subject) => ({ realmId: `${bound(subject)}-b` }),
      effect: async (_seen, subject) => expect(await (await subject.world.renew()).realms.findOne({ realm: bound(subject) })).toMatchObject({ browserFlow: "browser" }) },
    { does: "drift", name: "another flow bound in the console", source: bindings, verdict: { browserFlow: "UPDATE" }, effect: { browserFlow: "mine" }, outside: async (subject) => (await subject.world.renew()).realms.update({ realm: bound(subject) }, { browserFlow: "browser" }) },
    { does: "import", name: "by realm", source: `${bindings}: not imported`, refused: /imports no bindings/ },
    { does: "invalid", name: "an unknown property", source: "stand-in: refused by name", change: { passkeyFlow: "x" }, failures: { passkeyFlow: /not a property/ } },
    { does: "delete", name: "with its realm, twice; last, as it ends the table's realm", source: "already gone is success", outside: async (subject) => (await subject.world.renew()).realms.del({ realm: bound(subject) }) },
  ]),
};

const action = schemaOf("required_action");
const actionOf = async (subject: KeycloakSubject) => found((await subject.world.renew()).authenticationManagement.getRequiredActionForAlias({ realm: realmOf(subject), alias: (subject.stored?.state["alias"] as string | undefined) ?? "CONFIGURE_TOTP" }));

/** `RequiredAction`. */
export const requiredActionTable: Table<KeycloakWorld> = {
  token: "keycloak:index/requiredAction:RequiredAction",
  base: (subject) => ({ realmId: realmOf(subject), alias: "CONFIGURE_TOTP", name: "Configure OTP" }),
  look: actionOf,
  deleteBeforeReplace: true,
  cases: prepared(ownRealm, [
    { does: "create", name: "off, as the program's", source: `${action}: what is not said is off`, effect: { enabled: false, defaultAction: false } },
    { does: "create", name: "one that somebody had unregistered", source: `${action}: registered first`, given: { enabled: true }, effect: { enabled: true },
      prepare: async (subject) => { await ownRealm(subject); await found((await subject.world.renew()).authenticationManagement.deleteRequiredAction({ realm: realmOf(subject), alias: "CONFIGURE_TOTP" })); } },
    { does: "refuse", name: "one that Keycloak does not know", source: "provider: 404", given: { alias: "DANCE" }, message: /knows no such action/ },
    ...updates(action, { enabled: [false, true], defaultAction: [false, true], priority: [10, 20], name: ["A", "B"] }),
    { does: "change", name: "alias", source: "stand-in: replaced, since the id holds it (officially it is updated)", change: { alias: "UPDATE_PASSWORD" }, verdict: { alias: "UPDATE_REPLACE" } },
    { does: "drift", name: "switched on in the console", source: action, verdict: { enabled: "UPDATE" }, effect: { enabled: false },
      outside: async (subject) => (await subject.world.renew()).authenticationManagement.updateRequiredAction({ realm: realmOf(subject), alias: "CONFIGURE_TOTP" }, { ...(await actionOf(subject)), enabled: true }) },
    { does: "import", name: "by realm and alias", source: `${action}: {{realm}}/{{alias}}` },
    { does: "invalid", name: "no alias", source: `${action}: Required`, change: { alias: undefined }, failures: { alias: /required/ } },
    { does: "delete", name: "twice", source: "provider: DeleteRequiredAction unregisters it" },
    { does: "delete", name: "with its realm; last, as it ends the table's realm", source: "already gone is success", outside: withRealm },
  ]),
};
