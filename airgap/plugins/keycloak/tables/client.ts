import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { common, found, kept, own, schemaOf, updates } from "./cases.ts";
import type { KeycloakCase, KeycloakSubject, KeycloakWorld } from "./world.ts";

const source = schemaOf("openid_client");
const clients = async (subject: KeycloakSubject) => (await subject.world.renew()).clients;
const uris = ["https://a/*", "https://b/*"];

const cases: readonly KeycloakCase[] = [
  { does: "create", name: "a public one, as the program's", source: `${source}: computed`, computed: ["serviceAccountUserId", "resourceServerId"],
    given: { pkceCodeChallengeMethod: "S256", webOrigins: ["https://a"], validPostLogoutRedirectUris: uris, fullScopeAllowed: false },
    effect: { publicClient: true, standardFlowEnabled: true, directAccessGrantsEnabled: false, fullScopeAllowed: false, attributes: { "pkce.code.challenge.method": "S256" } } },
  { does: "create", name: "a confidential one that signs with its key", source: "extra_config", given: { accessType: "CONFIDENTIAL", clientAuthenticatorType: "client-jwt", extraConfig: { "use.jwks.url": "true", "jwks.url": "https://x/certs" } },
    effect: { clientAuthenticatorType: "client-jwt", attributes: { "use.jwks.url": "true", "jwks.url": "https://x/certs" } } },
  { does: "create", name: "a service account", source: `${source}: service_account_user_id is computed`, given: { accessType: "CONFIDENTIAL", standardFlowEnabled: false, validRedirectUris: undefined, serviceAccountsEnabled: true },
    outputs: { serviceAccountUserId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string, clientSecret: expect.stringMatching(/^.{20,}$/) as string } },
  { does: "create", name: "without a client id", source: "bridge: a name and 7 random digits", given: { clientId: undefined }, outputs: ({ name }) => ({ clientId: expect.stringMatching(new RegExp(`^${name}-[0-9a-f]{7}$`)) as string }) },
  { does: "create", name: "with a flow of its own", source: `${source}: authentication_flow_binding_overrides`, given: ({ world }) => ({ authenticationFlowBindingOverrides: { browserId: world.flowId } }),
    effect: (seen, { world }) => expect(seen.authenticationFlowBindingOverrides).toMatchObject({ browser: world.flowId }) },
  { does: "refuse", name: "a client id that is taken", source: "existing objects are not adopted: 409", message: /409 Conflict: Client .* already exists/,
    prepare: async (subject) => void (await (await clients(subject)).create({ realm: subject.world.realm, clientId: own(subject) })) },
  ...updates(source, {
    clientId: ["renamed-a", "renamed-b"], name: ["A", "B"], description: ["A", "B"], enabled: [true, false], clientAuthenticatorType: ["client-secret", "client-jwt"],
    implicitFlowEnabled: [false, true], directAccessGrantsEnabled: [false, true], pkceCodeChallengeMethod: ["S256", "plain"], rootUrl: ["https://a", "https://b"], baseUrl: ["https://a", "https://b"], adminUrl: ["https://a", "https://b"],
    fullScopeAllowed: [true, false], alwaysDisplayInConsole: [false, true], consentRequired: [false, true], consentScreenText: ["a", "b"], displayOnConsentScreen: [false, true], frontchannelLogoutEnabled: [false, true],
    frontchannelLogoutUrl: ["https://a", "https://b"], backchannelLogoutUrl: ["https://a", "https://b"], backchannelLogoutSessionRequired: [true, false], backchannelLogoutRevokeOfflineSessions: [false, true],
    accessTokenLifespan: ["300", "200"], clientSessionIdleTimeout: ["300", "200"], clientSessionMaxLifespan: ["300", "200"], clientOfflineSessionIdleTimeout: ["300", "200"], clientOfflineSessionMaxLifespan: ["300", "200"],
    excludeSessionStateFromAuthResponse: [false, true], excludeIssuerFromAuthResponse: [false, true], useRefreshTokens: [true, false], useRefreshTokensClientCredentials: [false, true],
    requireDpopBoundTokens: [false, true], oauth2DeviceAuthorizationGrantEnabled: [false, true], loginTheme: ["keycloak", "keycloak.v2"],
  }),
  ...kept(source, { name: "A", description: "A", accessTokenLifespan: "300" }),
  { does: "change", name: "accessType", source: `${source}: no ForceNew; the secret is unknown until Keycloak has made it up`, change: { accessType: "CONFIDENTIAL" }, verdict: { accessType: "UPDATE" }, effect: { publicClient: false } },
  { does: "change", name: "serviceAccountsEnabled", source: "resourceKeycloakOpenidClientDiff: ComputedIf", given: { accessType: "CONFIDENTIAL", serviceAccountsEnabled: false }, change: { serviceAccountsEnabled: true }, verdict: { serviceAccountsEnabled: "UPDATE" },
    effect: { serviceAccountsEnabled: true } },
  { does: "change", name: "clientSecret", source: `${source}: Sensitive, no ForceNew`, given: { accessType: "CONFIDENTIAL", clientSecret: "one-secret-of-it" }, change: { clientSecret: "another-secret-of-it" }, verdict: { clientSecret: "UPDATE" }, effect: { secret: "another-secret-of-it" } },
  { does: "change", name: "a redirect URI more, in another order", source: `${source}: TypeSet`, given: { validRedirectUris: ["https://b/*"] }, change: { validRedirectUris: uris }, verdict: { "validRedirectUris[0]": "ADD" } },
  { does: "change", name: "redirect URIs in another order", source: `${source}: TypeSet`, given: { validRedirectUris: uris }, change: { validRedirectUris: [...uris].reverse() }, verdict: {} },
  { does: "change", name: "a key of extraConfig, dropped", source: "extra_config.go", given: { extraConfig: { a: "1", b: "2" } }, change: { extraConfig: { a: "3" } }, verdict: { "extraConfig.a": "UPDATE", "extraConfig.b": "DELETE" },
    effect: (seen) => expect([seen.attributes.a, seen.attributes.b ?? ""]).toEqual(["3", ""]) },
  { does: "change", name: "the realm", source: `${source}: ForceNew`, prepare: async ({ world, name }) => void (await world.ownRealm(name)), change: ({ world, name }) => ({ realmId: `${world.realm}-${name}` }), verdict: { realmId: "UPDATE_REPLACE" } },
  { does: "drift", name: "changed in the console", source, given: { description: "A" }, verdict: { description: "UPDATE" }, effect: { description: "A" },
    outside: async (subject) => (await clients(subject)).update({ id: subject.stored!.id, realm: subject.world.realm }, { clientId: own(subject), description: "B" }) },
  { does: "import", name: "by realm and internal id", source: `${source}: {{realm}}/{{client_id}}, the UUID`, id: ({ world, stored }) => `${world.realm}/${stored!.id}`, given: { name: "A" } },
  { does: "invalid", name: "redirect URIs without a flow for them", source: "getOpenidClientFromData", change: { standardFlowEnabled: false }, failures: { validRedirectUris: /needs standardFlowEnabled/ } },
  { does: "invalid", name: "a flow without redirect URIs", source: "getOpenidClientFromData", change: { validRedirectUris: undefined }, failures: { validRedirectUris: /is required with/ } },
  { does: "invalid", name: "an access type that is none", source: `${source}: StringInSlice`, change: { accessType: "SECRET" }, failures: { accessType: /must be one of/ } },
  { does: "invalid", name: "a key of extraConfig that has a property", source: "validateExtraConfig", change: { extraConfig: { login_theme: "x" } }, failures: { 'extraConfig["login_theme"]': /set by the property loginTheme/ } },
  ...common(async (subject) => (await clients(subject)).del({ id: subject.stored!.id, realm: subject.world.realm })),
];

/** `openid.Client`. */
export const clientTable: Table<KeycloakWorld> = {
  token: "keycloak:openid/client:Client",
  base: (subject) => ({ realmId: subject.world.realm, clientId: own(subject), accessType: "PUBLIC", standardFlowEnabled: true, validRedirectUris: ["https://a/*"] }),
  look: async (subject) => {
    const realm = (subject.stored?.state["realmId"] as string | undefined) ?? subject.world.realm;
    const all = await clients(subject);
    return subject.stored ? found(all.findOne({ realm, id: subject.stored.id })) : (await all.find({ realm, clientId: own(subject) }))[0];
  },
  deleteBeforeReplace: true,
  cases,
};
