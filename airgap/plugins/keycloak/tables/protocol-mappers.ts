import type { Table } from "../../server/table-driver.ts";
import type { Bag, Value } from "../../server/values.ts";
import { common, found, own, schemaOf, updates } from "./cases.ts";
import type { KeycloakCase, KeycloakSubject, KeycloakWorld } from "./world.ts";

const mappersOf = async ({ world }: KeycloakSubject) => (await world.renew()).clientScopes;

interface Mapper {
  readonly token: string;
  /** Keycloak's name of it. */
  readonly type: string;
  readonly source: string;
  readonly given: Bag;
  readonly changes: Readonly<Record<string, readonly [Value, Value]>>;
  readonly more: readonly KeycloakCase[];
}

const addTo = { addToIdToken: [true, false], addToAccessToken: [true, false] } as const;
const claim = { claimName: ["a", "b"], claimValueType: ["String", "JSON"] } as const;

function table({ token, type, source, given, changes, more }: Mapper): Table<KeycloakWorld> {
  const at = ({ world, stored }: KeycloakSubject) => ({ realm: world.realm, id: world.scope, mapperId: stored!.id });
  const taken = async (subject: KeycloakSubject): Promise<void> =>
    (await mappersOf(subject)).addProtocolMapper({ realm: subject.world.realm, id: subject.world.scope }, { name: own(subject), protocol: "openid-connect", protocolMapper: type, config: { "claim.name": "x" } });
  return {
    token,
    base: (subject) => ({ realmId: subject.world.realm, clientScopeId: subject.world.scope, name: own(subject), ...given }),
    look: async (subject) => {
      const { realm, scope, client, admin } = subject.world;
      const scopes = await mappersOf(subject);
      if (!subject.stored) return (await scopes.listProtocolMappers({ realm, id: scope })).find(({ name }) => name === own(subject));
      const mapperId = subject.stored.id;
      return subject.stored.state["clientId"] ? found(admin.clients.findProtocolMapperById({ realm, id: client, mapperId })) : found(scopes.findProtocolMapper({ realm, id: scope, mapperId }));
    },
    deleteBeforeReplace: true,
    cases: [
      { does: "create", name: "on a client scope", source, effect: { protocol: "openid-connect", protocolMapper: type } },
      { does: "create", name: "on a client", source, given: ({ world }) => ({ clientScopeId: undefined, clientId: world.client }), effect: { protocolMapper: type } },
      ...updates(source, changes),
      { does: "change", name: "name", source: "stand-in: replaced, since Keycloak ignores it in an update (GenericProtocolMapper: ForceNew)", change: ({ name }) => ({ name: `${name}-b` }), verdict: { name: "UPDATE_REPLACE" } },
      ...more,
      { does: "change", name: "from a scope to a client", source: `${source}: ForceNew`, change: ({ world }) => ({ clientScopeId: undefined, clientId: world.client }), verdict: { clientId: "ADD_REPLACE", clientScopeId: "DELETE_REPLACE" } },
      { does: "drift", name: "changed in the console", source, verdict: type === "oidc-amr-mapper" ? { 'config["access.token.claim"]': "UPDATE" } : { addToAccessToken: "UPDATE" },
        outside: async (subject) => {
          const before = (await (await mappersOf(subject)).findProtocolMapper(at(subject)))!;
          await subject.world.admin.clientScopes.updateProtocolMapper(at(subject), { ...before, config: { ...before.config, "access.token.claim": "false" } });
        } },
      { does: "import", name: "of a client scope", source: "genericProtocolMapperImport", id: ({ world, stored }) => `${world.realm}/client-scope/${world.scope}/${stored!.id}` },
      { does: "import", name: "of a client", source: "genericProtocolMapperImport", given: ({ world }) => ({ clientScopeId: undefined, clientId: world.client }), id: ({ world, stored }) => `${world.realm}/client/${world.client}/${stored!.id}` },
      { does: "refuse", name: "a name that is taken", source: "existing objects are not adopted: 409", message: /409 Conflict/, prepare: taken },
      { does: "invalid", name: "neither client nor scope", source: `${source}: ExactlyOneOf`, change: { clientScopeId: undefined }, failures: { clientScopeId: /either clientId or clientScopeId/ } },
      { does: "invalid", name: "client and scope", source: `${source}: ExactlyOneOf`, change: { clientId: "x" }, failures: { clientScopeId: /either clientId or clientScopeId/ } },
      ...common(async (subject) => (await mappersOf(subject)).delProtocolMapper(at(subject))),
    ],
  };
}

const openid = (name: string, snake: string, type: string, given: Bag, changes: Mapper["changes"], more: readonly KeycloakCase[] = []): Table<KeycloakWorld> =>
  table({ token: `keycloak:openid/${name[0]!.toLowerCase()}${name.slice(1)}:${name}`, type, source: schemaOf(`openid_${snake}_protocol_mapper`), given, changes: { ...addTo, ...changes }, more });

const generic = schemaOf("generic_protocol_mapper");
/** Keycloak adds the keys that are left out, which the next refresh would name. */
const tokens = { "access.token.claim": "true", "id.token.claim": "true", "introspection.token.claim": "true", "userinfo.token.claim": "true" };

/** The protocol mappers that are used, each on client scopes and on clients. */
export const protocolMapperTables: readonly Table<KeycloakWorld>[] = [
  openid("UserAttributeProtocolMapper", "user_attribute", "oidc-usermodel-attribute-mapper", { claimName: "a", userAttribute: "a" },
    { ...claim, userAttribute: ["a", "b"], multivalued: [false, true], aggregateAttributes: [false, true], addToUserinfo: [true, false], addToTokenIntrospection: [true, false] }),
  openid("AudienceProtocolMapper", "audience", "oidc-audience-mapper", { includedCustomAudience: "a" }, { includedCustomAudience: ["a", "b"] }),
  table({
    token: "keycloak:index/genericProtocolMapper:GenericProtocolMapper", type: "oidc-amr-mapper", source: generic, given: { protocol: "openid-connect", protocolMapper: "oidc-amr-mapper", config: tokens }, changes: {},
    more: [
      { does: "change", name: "config", source: `${generic}: no ForceNew`, change: { config: { ...tokens, "id.token.claim": "false" } }, verdict: { 'config["id.token.claim"]': "UPDATE" }, effect: { config: { "id.token.claim": "false" } } },
      { does: "change", name: "protocolMapper", source: `${generic}: ForceNew`, change: { protocolMapper: "oidc-acr-mapper" }, verdict: { protocolMapper: "UPDATE_REPLACE" }, effect: { protocolMapper: "oidc-acr-mapper" } },
      { does: "create", name: "our own", source: "images/keycloak", given: { protocolMapper: "dive-brokered-authentication-mapper" }, effect: { protocolMapper: "dive-brokered-authentication-mapper" } },
      { does: "invalid", name: "a protocol that is none", source: `${generic}: StringInSlice`, change: { protocol: "ldap" }, failures: { protocol: /must be one of/ } },
    ],
  }),
];
