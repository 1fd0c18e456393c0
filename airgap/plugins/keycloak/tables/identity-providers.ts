import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import type { Bag, Value } from "../../server/values.ts";
import { common, found, kept, own, replaces, schemaOf, updates } from "./cases.ts";
import type { KeycloakCase, KeycloakSubject, KeycloakWorld } from "./world.ts";

const source = schemaOf("oidc_identity_provider");
const providers = async (subject: KeycloakSubject) => (await subject.world.renew()).identityProviders;
const change = (what: object, config: object = {}) => async (subject: KeycloakSubject) => {
  const at = { realm: subject.world.realm, alias: own(subject) };
  const before = (await (await providers(subject)).findOne(at))!;
  await subject.world.admin.identityProviders.update(at, { ...before, ...what, config: { ...before.config, ...config } });
};

/** `oidc.IdentityProvider`. */
export const identityProviderTable: Table<KeycloakWorld> = {
  token: "keycloak:oidc/identityProvider:IdentityProvider",
  base: (subject) => ({ realm: subject.world.realm, alias: own(subject), clientId: "c", clientSecret: "unused-secret", authorizationUrl: "https://a/auth", tokenUrl: "https://a/token" }),
  look: async (subject) => found((await providers(subject)).findOne({ realm: subject.world.realm, alias: subject.stored?.id ?? own(subject) })),
  deleteBeforeReplace: true,
  cases: [
    { does: "create", name: "as the program's", source: `${source}: internal_id is computed`, computed: ["internalId"],
      given: { issuer: "https://a", jwksUrl: "https://a/certs", validateSignature: true, syncMode: "FORCE", storeToken: false, extraConfig: { clientAuthMethod: "private_key_jwt", forwardParameters: "acr_values" } },
      outputs: { internalId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string }, effect: { providerId: "oidc", config: { issuer: "https://a", useJwksUrl: "true", validateSignature: "true", syncMode: "FORCE", forwardParameters: "acr_values" } } },
    { does: "refuse", name: "an alias that is taken", source: "existing objects are not adopted: 409", message: /409 Conflict/,
      prepare: async (subject) => void (await (await providers(subject)).create({ realm: subject.world.realm, alias: own(subject), providerId: "oidc", config: { clientId: "x", clientSecret: "x", tokenUrl: "https://p", authorizationUrl: "https://p" } })) },
    ...updates(source, {
      displayName: ["A", "B"], enabled: [true, false], storeToken: [true, false], linkOnly: [false, true], trustEmail: [false, true], hideOnLoginPage: [false, true], clientId: ["a", "b"], authorizationUrl: ["https://a", "https://b"],
      tokenUrl: ["https://a", "https://b"], userInfoUrl: ["https://a", "https://b"], logoutUrl: ["https://a", "https://b"], issuer: ["https://a", "https://b"], jwksUrl: ["https://a", "https://b"],
      syncMode: ["LEGACY", "FORCE"], defaultScopes: ["openid", "openid profile"], backchannelSupported: [true, false], disableUserInfo: [false, true], disableTypeClaimCheck: [false, true], uiLocales: [false, true],
      acceptsPromptNoneForwardFromClient: [false, true], loginHint: ["false", "true"], guiOrder: ["1", "2"], authenticateByDefault: [false, true], postBrokerLoginFlowAlias: ["parent", "registration"],
    }),
    ...kept(source, { displayName: "A" }),
    { does: "change", name: "validateSignature", source: `${source}: no ForceNew`, given: { jwksUrl: "https://a" }, change: { validateSignature: true }, verdict: { validateSignature: "UPDATE" }, effect: { config: { validateSignature: "true" } } },
    { does: "change", name: "providerId", source: "stand-in: replaced, since Keycloak ignores it in an update (officially it is updated without effect)", change: { providerId: "keycloak-oidc" }, verdict: { providerId: "UPDATE_REPLACE" }, effect: { providerId: "keycloak-oidc" } },
    { does: "change", name: "clientSecret", source: `${source}: Sensitive, no ForceNew; never read back`, change: { clientSecret: "another-secret" }, verdict: { clientSecret: "UPDATE" } },
    { does: "change", name: "logoutUrl, dropped", source, given: { logoutUrl: "https://a" }, change: { logoutUrl: undefined }, verdict: { logoutUrl: "DELETE" }, effect: (seen) => expect(seen.config.logoutUrl ?? "").toBe("") },
    { does: "change", name: "a key of extraConfig", source: "extra_config.go", given: { extraConfig: { a: "1", b: "2" } }, change: { extraConfig: { a: "3" } }, verdict: { "extraConfig.a": "UPDATE", "extraConfig.b": "DELETE" },
      effect: (seen) => expect([seen.config.a, seen.config.b]).toEqual(["3", undefined]) },
    ...replaces("generic_keycloak_identity_provider.go", { alias: ["other-a", "other-b"], addReadTokenRoleOnCreate: [false, true] }),
    { does: "drift", name: "disabled in the console", source, outside: change({ enabled: false }), verdict: { enabled: "UPDATE" }, effect: { enabled: true } },
    { does: "drift", name: "signatures no longer checked", source, given: { validateSignature: true, jwksUrl: "https://a" }, outside: change({}, { validateSignature: "false" }), verdict: { validateSignature: "UPDATE" }, effect: { config: { validateSignature: "true" } } },
    { does: "import", name: "by realm and alias", source: "resourceKeycloakIdentityProviderImport", id: ({ world, stored }) => `${world.realm}/${stored!.id}`, given: { displayName: "A" }, verdict: { clientSecret: "ADD" } },
    { does: "invalid", name: "no secret", source: `${source}: AtLeastOneOf`, change: { clientSecret: undefined }, failures: { clientSecret: /is required/ } },
    { does: "invalid", name: "a sync mode that is none", source: "StringInSlice(syncModes)", change: { syncMode: "NEVER" }, failures: { syncMode: /must be one of/ } },
    { does: "invalid", name: "a key of extraConfig that has a property", source: "validateExtraConfig", change: { extraConfig: { issuer: "x" } }, failures: { 'extraConfig["issuer"]': /set by the property issuer/ } },
    ...common(async (subject) => (await providers(subject)).del({ realm: subject.world.realm, alias: own(subject) })),
  ] satisfies KeycloakCase[],
};

const generic = "generic_keycloak_identity_provider_mapper.go";

const mapper = (name: string, type: string, given: Bag, changes: Readonly<Record<string, readonly [Value, Value]>>, more: readonly KeycloakCase[] = []): Table<KeycloakWorld> => {
  const at = ({ world, stored }: KeycloakSubject) => ({ realm: world.realm, alias: world.broker, id: stored!.id });
  return {
    token: `keycloak:index/${name[0]!.toLowerCase()}${name.slice(1)}:${name}`,
    base: (subject) => ({ realm: subject.world.realm, identityProviderAlias: subject.world.broker, name: own(subject), extraConfig: { syncMode: "INHERIT" }, ...given }),
    look: async (subject) => {
      const all = await providers(subject);
      return subject.stored ? found(all.findOneMapper(at(subject))) : (await all.findMappers({ realm: subject.world.realm, alias: subject.world.broker })).find((one) => one.name === own(subject));
    },
    deleteBeforeReplace: true,
    cases: [
      { does: "create", name: "as the program's", source: generic, effect: { identityProviderMapper: type, config: { syncMode: "INHERIT" } } },
      ...updates(generic, changes),
      { does: "change", name: "the sync mode", source: `${generic}: extra_config`, change: { extraConfig: { syncMode: "FORCE" } }, verdict: { "extraConfig.syncMode": "UPDATE" }, effect: { config: { syncMode: "FORCE" } } },
      { does: "change", name: "name", source: `${generic}: ForceNew`, change: ({ name: own }) => ({ name: `${own}-b` }), verdict: { name: "UPDATE_REPLACE" } },
      ...more,
      { does: "drift", name: "changed in the console", source: generic, verdict: { "extraConfig.syncMode": "UPDATE" }, effect: { config: { syncMode: "INHERIT" } },
        outside: async (subject) => {
          const before = (await (await providers(subject)).findOneMapper(at(subject)))!;
          await subject.world.admin.identityProviders.updateMapper(at(subject), { ...before, config: { ...before.config, syncMode: "LEGACY" } });
        } },
      { does: "import", name: "by realm, alias and id", source: generic, id: ({ world, stored }) => `${world.realm}/${world.broker}/${stored!.id}` },
      { does: "refuse", name: "of an identity provider that is not there", source: "provider: GetIdentityProvider first", given: { identityProviderAlias: "nobody-idp" }, message: /nobody-idp|404/ },
      ...common(async (subject) => (await providers(subject)).delMapper(at(subject))),
    ],
  };
};

/** The mappers of identity providers that are used. */
export const identityProviderMapperTables: readonly Table<KeycloakWorld>[] = [
  mapper("AttributeImporterIdentityProviderMapper", "oidc-user-attribute-idp-mapper", { claimName: "a", userAttribute: "a" }, { claimName: ["a", "b"], userAttribute: ["a", "b"] }),
  mapper("HardcodedAttributeIdentityProviderMapper", "hardcoded-attribute-idp-mapper", { attributeName: "country", attributeValue: "FRA", userSession: false }, { attributeName: ["a", "b"], attributeValue: ["FRA", "DEU"] }, [
    { does: "change", name: "userSession", source: "resource_keycloak_hardcoded_attribute_identity_provider_mapper.go: ForceNew", change: { userSession: true }, verdict: { userSession: "UPDATE_REPLACE" }, effect: { identityProviderMapper: "hardcoded-user-session-attribute-idp-mapper" } },
  ]),
  mapper("UserTemplateImporterIdentityProviderMapper", "oidc-username-idp-mapper", { template: "${ALIAS}.${CLAIM.sub}" }, { template: ["${ALIAS}.${CLAIM.sub}", "${CLAIM.sub}"] }),
];
