import { createHash, randomBytes } from "node:crypto";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Harness, unique, url, type Made } from "./lifecycle-harness.ts";
import { Browser } from "./link-browser.ts";

// Proves the federation link on one real Keycloak: two realms that broker one another with the types of this plugin alone.
const run = unique("link");
const CALLBACK = "https://backend.invalid/callback";
const PASSWORD = randomBytes(12).toString("hex");

const realmOf = (code: string): string => `${run}-${code}`;
const issuerOf = (code: string): string => `${url}/realms/${realmOf(code)}`;

describe.skipIf(!url)("a federation link between two realms", { timeout: 60_000 }, () => {
  let harness: Harness;

  async function instance(code: string): Promise<void> {
    const realmId = realmOf(code);
    await harness.make("index/realm:Realm", { realm: realmId, sslRequired: "none", loginWithEmailAllowed: false, duplicateEmailsAllowed: true });
    const seen = { permissions: { views: ["admin", "user"], edits: ["admin"] } };
    const names = ["username", "email", "firstName", "lastName", "uniqueID", "clearance", "countryOfAffiliation"];
    const attributes = [...names.map((name) => ({ name, ...seen })), { name: "acpCOI", multiValued: true, ...seen }];
    await harness.make("index/realmUserProfile:RealmUserProfile", { realmId, attributes });
    const scope = await harness.make("openid/clientScope:ClientScope", { realmId, name: "dive" });
    for (const claimName of ["uniqueID", "clearance", "countryOfAffiliation", "acpCOI"]) {
      await harness.make("openid/userAttributeProtocolMapper:UserAttributeProtocolMapper", {
        realmId, clientScopeId: scope.id, name: claimName, claimName, userAttribute: claimName, multivalued: claimName === "acpCOI",
      });
    }
    await harness.make("openid/audienceProtocolMapper:AudienceProtocolMapper", { realmId, clientScopeId: scope.id, name: "aud", includedCustomAudience: "dive-v3-backend", addToIdToken: false });
    const app = await harness.make("openid/client:Client", {
      realmId, clientId: realmId, accessType: "PUBLIC", standardFlowEnabled: true, pkceCodeChallengeMethod: "S256", validRedirectUris: [CALLBACK],
    });
    await harness.make("openid/clientDefaultScopes:ClientDefaultScopes", { realmId, clientId: app.id, defaultScopes: ["basic", "profile", "dive"] });
  }

  /** The side of `own`: it admits users of `partner` and lets the partner's broker sign in with its key. */
  async function half(own: string, partner: string): Promise<void> {
    const realmId = realmOf(own);
    const certs = `${issuerOf(partner)}/protocol/openid-connect/certs`;
    const client = await harness.make("openid/client:Client", {
      realmId,
      clientId: realmOf(partner),
      accessType: "CONFIDENTIAL",
      clientAuthenticatorType: "client-jwt",
      standardFlowEnabled: true,
      validRedirectUris: [`${issuerOf(partner)}/broker/${own}-idp/endpoint`],
      pkceCodeChallengeMethod: "S256",
      extraConfig: { "use.jwks.url": "true", "jwks.url": certs, "token.endpoint.auth.signing.alg": "RS256" },
    });
    await harness.make("openid/clientDefaultScopes:ClientDefaultScopes", { realmId, clientId: client.id, defaultScopes: ["basic", "profile", "dive"] });

    const first = await harness.make("authentication/flow:Flow", { realmId, alias: `${partner}-first-login` });
    await harness.make("authentication/execution:Execution", { realmId, parentFlowAlias: first.state.alias, authenticator: "idp-create-user-if-unique", requirement: "REQUIRED", priority: 10 });
    const post = await harness.make("authentication/flow:Flow", { realmId, alias: `${partner}-post-login` });
    const deny = await harness.make("authentication/subflow:Subflow", { realmId, parentFlowAlias: post.state.alias, alias: `${partner}-foreign-unique-id`, requirement: "CONDITIONAL", priority: 10 });
    const condition = await harness.make("authentication/execution:Execution", { realmId, parentFlowAlias: deny.state.alias, authenticator: "conditional-user-attribute", requirement: "REQUIRED", priority: 10 });
    await harness.make("authentication/executionConfig:ExecutionConfig", {
      realmId, executionId: condition.id, alias: `${partner}-unique-id`,
      config: { attribute_name: "uniqueID", attribute_expected_value: `^${partner}:.*`, regex: "true", not: "true" },
    });
    await harness.make("authentication/execution:Execution", { realmId, parentFlowAlias: deny.state.alias, authenticator: "deny-access-authenticator", requirement: "REQUIRED", priority: 20 });
    await harness.make("authentication/execution:Execution", { realmId, parentFlowAlias: post.state.alias, authenticator: "allow-access-authenticator", requirement: "REQUIRED", priority: 20 });

    const alias = `${partner}-idp`;
    const at = `${issuerOf(partner)}/protocol/openid-connect`;
    await harness.make("oidc/identityProvider:IdentityProvider", {
      realm: realmId, alias, clientId: realmId, clientSecret: "not-used-with-private-key-jwt",
      authorizationUrl: `${at}/auth`, tokenUrl: `${at}/token`, logoutUrl: `${at}/logout`, jwksUrl: certs, issuer: issuerOf(partner),
      validateSignature: true, disableUserInfo: true, syncMode: "FORCE", storeToken: false, trustEmail: true, defaultScopes: "openid",
      firstBrokerLoginFlowAlias: first.state.alias, postBrokerLoginFlowAlias: post.state.alias,
      extraConfig: { clientAuthMethod: "private_key_jwt", clientAssertionAudience: issuerOf(partner), clientAssertionSigningAlg: "RS256", pkceEnabled: "true", pkceMethod: "S256" },
    });
    const mapped = { realm: realmId, identityProviderAlias: alias, extraConfig: { syncMode: "FORCE" } };
    await harness.make("index/userTemplateImporterIdentityProviderMapper:UserTemplateImporterIdentityProviderMapper", { ...mapped, name: "username", template: "${ALIAS}.${CLAIM.preferred_username}" });
    await harness.make("index/hardcodedAttributeIdentityProviderMapper:HardcodedAttributeIdentityProviderMapper", {
      ...mapped, name: "country", attributeName: "countryOfAffiliation", attributeValue: partner.toUpperCase(), userSession: false,
    });
    for (const name of ["uniqueID", "clearance", "acpCOI"]) {
      await harness.make("index/attributeImporterIdentityProviderMapper:AttributeImporterIdentityProviderMapper", { ...mapped, name, claimName: name, userAttribute: name });
    }
  }

  const user = (code: string, username: string, attributes: Record<string, string>): Promise<Made> =>
    harness.make("index/user:User", { realmId: realmOf(code), username, attributes, initialPassword: { value: PASSWORD, temporary: false } });

  /** Signs in at `own` as a user of `partner`; answers the access token's claims, or the text of the page at which it ended. */
  async function signIn(own: string, partner: string, username: string): Promise<Record<string, unknown> | string> {
    const browser = new Browser();
    const verifier = randomBytes(32).toString("base64url");
    const query = new URLSearchParams({
      response_type: "code", client_id: realmOf(own), redirect_uri: CALLBACK, scope: "openid", state: "s", kc_idp_hint: `${partner}-idp`,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256",
    });
    await browser.open(`${issuerOf(own)}/protocol/openid-connect/auth?${query}`, CALLBACK);
    const end = await browser.submit({ username, password: PASSWORD }, CALLBACK);
    if (end === undefined) return browser.text();
    const code = new URL(end).searchParams.get("code");
    if (code === null) return end;
    const answer = await fetch(`${issuerOf(own)}/protocol/openid-connect/token`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "authorization_code", client_id: realmOf(own), code, redirect_uri: CALLBACK, code_verifier: verifier }),
    });
    const { access_token } = (await answer.json()) as { access_token: string };
    return decodeJwt(access_token);
  }

  beforeAll(async () => {
    harness = new Harness();
    for (const code of ["usa", "fra"]) await instance(code);
    await half("usa", "fra");
    await half("fra", "usa");
  }, 120_000);

  afterAll(async () => {
    for (const code of ["usa", "fra"]) await harness.remove("index/realm:Realm", { id: realmOf(code), state: { realm: realmOf(code) } });
  }, 60_000);

  it("gives a FRA user a token at USA with his claims, and the country of his broker whatever he says", async () => {
    const made = await user("fra", "testuser-fra-1", { uniqueID: "fra:testuser-fra-1", clearance: "SECRET", countryOfAffiliation: "USA", acpCOI: "NATO##FVEY" });
    const claims = await signIn("usa", "fra", "testuser-fra-1");
    expect(claims).toMatchObject({
      iss: issuerOf("usa"), uniqueID: "fra:testuser-fra-1", clearance: "SECRET", countryOfAffiliation: "FRA", preferred_username: "fra-idp.testuser-fra-1", azp: realmOf("usa"),
    });
    expect(((claims as any).acpCOI as string[]).sort()).toEqual(["FVEY", "NATO"]);
    expect([(claims as any).aud].flat()).toContain("dive-v3-backend");
    await harness.change("index/user:User", made, { attributes: { ...made.state.attributes, clearance: "RESTRICTED", acpCOI: "NATO" } });
    expect(await signIn("usa", "fra", "testuser-fra-1")).toMatchObject({ clearance: "RESTRICTED", acpCOI: ["NATO"], preferred_username: "fra-idp.testuser-fra-1" });
  });

  it("works the other way round", async () => {
    await user("usa", "testuser-usa-1", { uniqueID: "usa:testuser-usa-1", clearance: "TOP_SECRET" });
    expect(await signIn("fra", "usa", "testuser-usa-1")).toMatchObject({ uniqueID: "usa:testuser-usa-1", countryOfAffiliation: "USA", clearance: "TOP_SECRET" });
  });

  it.each([
    ["another nation's", { uniqueID: "usa:somebody" }],
    ["one that only contains the nation", { uniqueID: "usa:fra:x" }],
    ["none", { clearance: "SECRET" }],
  ])("denies a FRA user whose uniqueID is %s", async (what, attributes) => {
    const name = `bad-${what.replaceAll(/\W+/g, "-").toLowerCase()}`;
    await user("fra", name, attributes as Record<string, string>);
    for (const attempt of ["first", "second"]) expect(await signIn("usa", "fra", name), attempt).toMatch(/Access denied/i);
  });

  it("denies a user whose uniqueID stops being his nation's", async () => {
    const made = await user("fra", "turncoat", { uniqueID: "fra:turncoat" });
    expect(await signIn("usa", "fra", "turncoat")).toMatchObject({ uniqueID: "fra:turncoat" });
    await harness.change("index/user:User", made, { attributes: { uniqueID: "usa:admin" } });
    expect(await signIn("usa", "fra", "turncoat")).toMatch(/Access denied/i);
  });
});
