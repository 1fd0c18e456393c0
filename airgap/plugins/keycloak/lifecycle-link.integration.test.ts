import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { context, Harness, index, typeOf, unique, url, type Inputs, type Made } from "./lifecycle-harness.ts";

const realmId = unique("lifecycle-link");

describe.skipIf(!url)("scopes, mappers, brokers and flows on a real Keycloak", { timeout: 60_000 }, () => {
  let harness: Harness;
  let realm: Made;

  beforeAll(async () => {
    harness = new Harness();
    realm = await harness.make("index/realm:Realm", { realm: realmId });
  }, 60_000);

  afterAll(() => harness.remove("index/realm:Realm", realm), 60_000);

  it("openid.ClientScope, default and optional scopes, protocol mappers", async () => {
    const scope = await harness.lives(
      "openid/clientScope:ClientScope",
      { realmId, name: "dive", description: "d", consentScreenText: "x", guiOrder: 3, extraConfig: { k: "v" } },
      { description: undefined, consentScreenText: undefined, extraConfig: undefined, includeInTokenScope: false, guiOrder: 4 },
      (id) => `${realmId}/${id}`,
      true,
    );
    const client = await harness.make("openid/client:Client", { realmId, clientId: "scoped", accessType: "PUBLIC" });
    const place = { realmId, clientId: client.id };
    await harness.lives("openid/clientDefaultScopes:ClientDefaultScopes", { ...place, defaultScopes: ["dive", "basic"] }, { defaultScopes: ["basic", "profile", "acr"] }, (id) => id, true);
    await harness.lives("openid/clientOptionalScopes:ClientOptionalScopes", { ...place, optionalScopes: ["dive"] }, { optionalScopes: ["offline_access"] }, (id) => id, true);
    await expect(harness.make("openid/clientOptionalScopes:ClientOptionalScopes", { ...place, optionalScopes: ["basic"] })).rejects.toThrow("attached already as default");
    await expect(harness.make("openid/clientDefaultScopes:ClientDefaultScopes", { ...place, defaultScopes: ["nope"] })).rejects.toThrow("name nope, which realm does not have");

    const mapper = (type: string, own: Inputs, change: Inputs) => {
      const token = `openid/${type[0]!.toLowerCase()}${type.slice(1)}:${type}`;
      return Promise.all([
        harness.lives(token, { realmId, clientScopeId: scope.id, name: type, ...own }, change, (id) => `${realmId}/client-scope/${scope.id}/${id}`),
        harness.lives(token, { realmId, clientId: client.id, name: type, ...own }, change, (id) => `${realmId}/client/${client.id}/${id}`),
      ]);
    };
    await Promise.all([
      mapper("UserAttributeProtocolMapper", { claimName: "acpCOI", userAttribute: "acpCOI", multivalued: true }, { multivalued: false, addToIdToken: false }),
      mapper("UserPropertyProtocolMapper", { claimName: "un", userProperty: "username" }, { claimName: "user_name" }),
      mapper("AudienceProtocolMapper", { includedCustomAudience: "dive-v3-backend" }, { includedCustomAudience: "other", addToIdToken: false }),
      mapper("HardcodedClaimProtocolMapper", { claimName: "c", claimValue: "FRA" }, { claimValue: "USA" }),
      mapper("UserSessionNoteProtocolMapper", { claimName: "amr", sessionNote: "amr" }, { sessionNote: "acr", claimValueType: "JSON" }),
    ]);
    for (const [token, made] of [["openid/client:Client", client], ["openid/clientScope:ClientScope", scope]] as const) await harness.remove(token, made);
  });

  it("oidc.IdentityProvider and its mappers", async () => {
    const provided = await harness.lives(
      "oidc/identityProvider:IdentityProvider",
      {
        realm: realmId,
        alias: "fra-idp",
        displayName: "France",
        clientId: "dive",
        clientSecret: "unused",
        authorizationUrl: "https://a/auth",
        tokenUrl: "https://a/token",
        jwksUrl: "https://a/certs",
        logoutUrl: "https://a/logout",
        issuer: "https://a",
        validateSignature: true,
        syncMode: "FORCE",
        storeToken: false,
        trustEmail: true,
        defaultScopes: "openid profile",
        extraConfig: { clientAuthMethod: "private_key_jwt", clientAssertionAudience: "https://a" },
      },
      { displayName: "La France", logoutUrl: undefined, trustEmail: false, hideOnLoginPage: true, extraConfig: { clientAuthMethod: "client_secret_post" }, clientSecret: "other" },
      (id) => `${realmId}/${id}`,
      true,
    );
    expect(provided.state.internalId).toMatch(/^[0-9a-f-]{36}$/);
    const place = { realm: realmId, identityProviderAlias: "fra-idp" };
    const at = (id: string): string => `${realmId}/fra-idp/${id}`;
    const force = { extraConfig: { syncMode: "FORCE" } };
    await Promise.all([
      harness.lives(index("AttributeImporterIdentityProviderMapper"), { ...place, name: "a", claimName: "clearance", userAttribute: "clearance", ...force }, { claimName: "c2", extraConfig: undefined }, at),
      harness.lives(index("HardcodedAttributeIdentityProviderMapper"), { ...place, name: "b", attributeName: "country", attributeValue: "FRA", userSession: false, ...force }, { attributeValue: "DEU" }, at),
      harness.lives(index("UserTemplateImporterIdentityProviderMapper"), { ...place, name: "c", template: "${ALIAS}.${CLAIM.preferred_username}", ...force }, { template: "${ALIAS}.${CLAIM.sub}" }, at),
      harness.lives(index("CustomIdentityProviderMapping"), { ...place, name: "d", identityProviderMapper: "%s-user-session-note-idp-mapper", extraConfig: { syncMode: "FORCE", claims: "[]" } }, { extraConfig: { syncMode: "INHERIT", claims: "[]" } }, at),
    ]);
    await typeOf("oidc/identityProvider:IdentityProvider").delete(harness.session, provided.id, provided.state, context);
    await typeOf("oidc/identityProvider:IdentityProvider").delete(harness.session, provided.id, provided.state, context);
  });

  it("authentication flows", async () => {
    const flow = await harness.lives("authentication/flow:Flow", { realmId, alias: "f one", description: "d" }, { description: "e", alias: "f1" }, (id) => `${realmId}/${id}`, true);
    const parent = { realmId, parentFlowAlias: "f1" };
    const sub = await harness.lives("authentication/subflow:Subflow", { ...parent, alias: "s", requirement: "CONDITIONAL", priority: 20 }, { alias: "s1", description: "x", requirement: "REQUIRED", priority: 30 }, (id) => `${realmId}/f1/${id}`, true);
    const execution = await harness.lives(
      "authentication/execution:Execution",
      { realmId, parentFlowAlias: "s1", authenticator: "conditional-user-attribute", requirement: "REQUIRED", priority: 10 },
      { requirement: "DISABLED", priority: 11 },
      (id) => `${realmId}/s1/${id}`,
      true,
    );
    const config = { attribute_name: "uniqueID", not: "true" };
    await harness.lives("authentication/executionConfig:ExecutionConfig", { realmId, executionId: execution.id, alias: "c", config }, { config: { attribute_name: "x" } }, (id) => `${realmId}/${execution.id}/${id}`);
    await expect(harness.make("authentication/flow:Flow", { realmId, alias: "f1" })).rejects.toThrow("409 Conflict");
    for (const [token, made] of [["authentication/execution:Execution", execution], ["authentication/subflow:Subflow", sub], ["authentication/flow:Flow", flow]] as const) {
      await harness.remove(token, made);
      expect(await typeOf(token).read(harness.session, made.id, made.state, context)).toBeUndefined();
      await harness.remove(token, made);
    }
  });

  it("keeps the order of executions that are made side by side, and gives all of them", async () => {
    const flow = await harness.make("authentication/flow:Flow", { realmId, alias: "many" });
    const made = await Promise.all(
      Array.from({ length: 8 }, (_, index) => harness.make("authentication/execution:Execution", { realmId, parentFlowAlias: "many", authenticator: "deny-access-authenticator", requirement: "REQUIRED", priority: 80 - index * 10 })),
    );
    const type = typeOf("authentication/execution:Execution");
    for (const each of made) expect(await type.read(harness.session, each.id, each.state, context)).toMatchObject({ inputs: each.inputs });
    await typeOf("authentication/flow:Flow").delete(harness.session, flow.id, flow.state, context);
  });
});
