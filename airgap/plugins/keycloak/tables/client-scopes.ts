import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { common, found, own, schemaOf, updates } from "./cases.ts";
import type { KeycloakCase, KeycloakSubject, KeycloakWorld } from "./world.ts";

const source = schemaOf("openid_client_scope");
const scopes = async (subject: KeycloakSubject) => (await subject.world.renew()).clientScopes;

/** `openid.ClientScope`. */
export const clientScopeTable: Table<KeycloakWorld> = {
  token: "keycloak:openid/clientScope:ClientScope",
  base: (subject) => ({ realmId: subject.world.realm, name: own(subject) }),
  look: async (subject) => {
    const { realm } = subject.world;
    const all = await scopes(subject);
    return subject.stored ? found(all.findOne({ realm, id: subject.stored.id })) : (await all.find({ realm })).find(({ name }) => name === own(subject));
  },
  deleteBeforeReplace: true,
  cases: [
    { does: "create", name: "as the program's", source, given: { description: "d", includeInTokenScope: false }, effect: { protocol: "openid-connect", description: "d", attributes: { "include.in.token.scope": "false", "display.on.consent.screen": "false" } } },
    { does: "refuse", name: "a name that is taken", source: "existing objects are not adopted: 409", message: /409 Conflict/, prepare: async (subject) => void (await (await scopes(subject)).create({ realm: subject.world.realm, name: own(subject), protocol: "openid-connect" })) },
    ...updates(source, { name: ["scope-a", "scope-b"], description: ["a", "b"], consentScreenText: ["a", "b"], includeInTokenScope: [true, false], guiOrder: [1, 2] }),
    { does: "change", name: "consentScreenText, dropped", source: "provider: display_on_consent_screen follows it", given: { consentScreenText: "a" }, change: { consentScreenText: undefined }, verdict: { consentScreenText: "DELETE" },
      effect: { attributes: { "display.on.consent.screen": "false" } } },
    { does: "change", name: "the realm", source: `${source}: ForceNew`, prepare: async ({ world, name }) => void (await world.ownRealm(name)), change: ({ world, name }) => ({ realmId: `${world.realm}-${name}` }), verdict: { realmId: "UPDATE_REPLACE" } },
    { does: "drift", name: "changed in the console", source, given: { description: "a" }, verdict: { description: "UPDATE" }, effect: { description: "a" },
      outside: async (subject) => (await scopes(subject)).update({ id: subject.stored!.id, realm: subject.world.realm }, { name: own(subject), description: "b", protocol: "openid-connect" }) },
    { does: "import", name: "by realm and id", source: `${source}: {{realm}}/{{client_scope_id}}`, id: ({ world, stored }) => `${world.realm}/${stored!.id}`, given: { description: "d" } },
    ...common(async (subject) => (await scopes(subject)).del({ id: subject.stored!.id, realm: subject.world.realm })),
  ] satisfies KeycloakCase[],
};

/** `openid.ClientDefaultScopes`: what is attached to a client, whole. */
const attached = (kind: "Default" | "Optional", wanted: readonly [string, string, string], taken: string): Table<KeycloakWorld> => {
  const property = `${kind.toLowerCase()}Scopes`;
  const from = schemaOf(`openid_client_${kind.toLowerCase()}_scopes`);
  const list = async ({ world }: KeycloakSubject, id: string) => found((await world.renew()).clients[`list${kind}ClientScopes`]({ realm: world.realm, id }));
  const clientOf = async (subject: KeycloakSubject): Promise<string | undefined> => (await (await subject.world.renew()).clients.find({ realm: subject.world.realm, clientId: own(subject) }))[0]?.id;
  const ids = new Map<string, string>();
  const prepare = async (subject: KeycloakSubject): Promise<void> => void ids.set(own(subject), (await (await subject.world.renew()).clients.create({ realm: subject.world.realm, clientId: own(subject) })).id);
  const sorted = (...expected: string[]) => (seen: { name: string }[]) => expect(seen.map(({ name }) => name).sort()).toEqual(expected.sort());
  const [a, b, c] = wanted;
  return {
    token: `keycloak:openid/client${kind}Scopes:Client${kind}Scopes`,
    base: (subject) => ({ realmId: subject.world.realm, clientId: ids.get(own(subject)) ?? "none", [property]: [a, b] }),
    look: async (subject) => {
      const id = await clientOf(subject);
      return id && list(subject, id);
    },
    deleteBeforeReplace: true,
    cases: [
      { does: "create", name: "exactly these", source: `${from}: authoritative`, prepare, effect: sorted(a, b) },
      { does: "change", name: "one other", source: `${from}: no ForceNew`, prepare, change: { [property]: [a, c] }, verdict: { [`${property}[1]`]: "UPDATE" }, effect: sorted(a, c) },
      { does: "change", name: "the same in another order", source: `${from}: TypeSet`, prepare, change: { [property]: [b, a] }, verdict: {}, effect: sorted(a, b) },
      { does: "change", name: "the client", source: `${from}: ForceNew`, prepare, change: ({ world }) => ({ clientId: world.client }), verdict: { clientId: "UPDATE_REPLACE" } },
      { does: "drift", name: "one detached in the console", source: from, prepare, verdict: { [`${property}[1]`]: "ADD" }, effect: sorted(a, b),
        outside: async (subject) => {
          const id = ids.get(own(subject))!;
          const gone = (await list(subject, id))!.find(({ name }) => name === b)!;
          await subject.world.admin.clients[`del${kind}ClientScope`]({ realm: subject.world.realm, id, clientScopeId: gone.id! });
        } },
      { does: "import", name: "by realm and client", source: `${from}: {{realmId}}/{{openidClientId}}`, prepare },
      { does: "refuse", name: "a scope that the realm does not have", source: "attachOpenidClientScopes validates", prepare, given: { [property]: ["nope"] }, message: /name nope, which realm does not have/ },
      { does: "refuse", name: "a scope that is attached the other way", source: "attachOpenidClientScopes validates", prepare, given: { [property]: [taken] }, message: /attached already as/ },
      { does: "invalid", name: "no list", source: `${from}: Required`, change: { [property]: undefined }, failures: { [property]: /required/ } },
      { does: "delete", name: "with its client, twice", source: "already gone is success", prepare, outside: async (subject) => (await subject.world.renew()).clients.del({ realm: subject.world.realm, id: ids.get(own(subject))! }) },
    ],
  };
};

export const defaultScopesTable = attached("Default", ["basic", "profile", "acr"], "offline_access");
