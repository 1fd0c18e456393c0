import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { context, Harness, newSession, typeOf, unique, url, type Inputs, type Made } from "./lifecycle-harness.ts";

const realmId = unique("lifecycle");

describe.skipIf(!url)("realms, users and clients on a real Keycloak", { timeout: 60_000 }, () => {
  let harness: Harness;
  let realm: Made;

  beforeAll(async () => {
    harness = new Harness();
    realm = await harness.make("index/realm:Realm", { realm: realmId });
  }, 60_000);

  afterAll(() => harness.remove("index/realm:Realm", realm), 60_000);

  it("Realm", async () => {
    const own = `${realmId}-own`;
    await harness.lives(
      "index/realm:Realm",
      {
        realm: own,
        displayName: "One",
        loginWithEmailAllowed: false,
        accessTokenLifespan: "15m",
        ssoSessionIdleTimeout: "1h30m",
        ssoSessionMaxLifespan: "8h",
        clientSessionIdleTimeout: "20m",
        oauth2DeviceCodeLifespan: "5m",
        revokeRefreshToken: true,
        refreshTokenMaxReuse: 0,
        passwordPolicy: "length(12) and notUsername(undefined)",
        browserFlow: "browser",
        attributes: { a: "1", b: "2" },
        securityDefenses: {
          headers: { strictTransportSecurity: "", xFrameOptions: "DENY" },
          bruteForceDetection: { maxLoginFailures: 5, permanentLockout: false, waitIncrementSeconds: 60 },
        },
      },
      {
        displayName: "Two",
        accessTokenLifespan: "600s",
        clientSessionIdleTimeout: "40m",
        oauth2DeviceCodeLifespan: "6m",
        passwordPolicy: undefined,
        attributes: { a: "3" },
        securityDefenses: { headers: { strictTransportSecurity: "max-age=1", xFrameOptions: "DENY" } },
      },
      (id) => id,
    );
  });

  it("Realm: a second one of the name is refused in Keycloak's words", async () => {
    await expect(harness.make("index/realm:Realm", { realm: realmId })).rejects.toThrow(`create realm "${realmId}" at Keycloak ${url}: 409 Conflict: Realm ${realmId} already exists`);
  });

  it("RealmUserProfile", async () => {
    const type = typeOf("index/realmUserProfile:RealmUserProfile");
    const admin = { views: ["admin", "user"], edits: ["admin"] };
    const attribute = (name: string, more: Inputs = {}): Inputs => ({ name, permissions: admin, ...more });
    const { id, state, inputs } = await harness.make("index/realmUserProfile:RealmUserProfile", {
      realmId,
      unmanagedAttributePolicy: "ADMIN_EDIT",
      attributes: [
        attribute("username", { displayName: "${username}", validators: [{ name: "length", config: { min: "3", max: "255" } }] }),
        attribute("email", { requiredForRoles: ["user"], enabledWhenScopes: ["email"], group: "g" }),
        attribute("clearance", { validators: [{ name: "options", config: { options: '["UNCLASSIFIED","SECRET"]' } }], annotations: { inputType: "select" } }),
        attribute("acpCOI", { multiValued: true }),
      ],
      groups: [{ name: "g", displayHeader: "Group" }],
    });
    expect(await type.read(harness.session, id, state, context)).toMatchObject({ id, inputs });
    const next = { realmId, attributes: [attribute("username"), attribute("email"), attribute("uniqueID")] };
    const updated = await type.update!(harness.session, id, next, state, ["attributes", "groups", "unmanagedAttributePolicy"], context);
    expect(await type.read(harness.session, id, updated, context)).toMatchObject({ inputs: next });
    expect((await type.read(harness.session, id, state, context))!.inputs).toMatchObject({ unmanagedAttributePolicy: "DISABLED", groups: [] });
    await type.delete(harness.session, id, updated, context);
    await type.delete(harness.session, id, updated, context);
  });

  it("User", async () => {
    await typeOf("index/realmUserProfile:RealmUserProfile").create(harness.session, { realmId, unmanagedAttributePolicy: "ENABLED", attributes: [{ name: "username" }, { name: "email" }, { name: "firstName", permissions: { views: ["admin"], edits: ["admin"] } }] }, context);
    await harness.lives(
      "index/user:User",
      {
        realmId,
        username: "Testuser-1",
        email: "Test@Example.org",
        firstName: "Test",
        attributes: { clearance: "SECRET", acpCOI: "NATO##FVEY", gone: "x" },
        requiredActions: ["UPDATE_PASSWORD", "CONFIGURE_TOTP"],
        initialPassword: { value: "some-password", temporary: false },
      },
      { enabled: false, attributes: { clearance: "RESTRICTED", acpCOI: "NATO" }, requiredActions: undefined, firstName: undefined },
      (id) => `${realmId}/${id}`,
    );
  });

  it("openid.Client", async () => {
    await harness.lives(
      "openid/client:Client",
      {
        realmId,
        clientId: "app",
        name: "App",
        accessType: "CONFIDENTIAL",
        clientSecret: "secret-of-app",
        standardFlowEnabled: true,
        serviceAccountsEnabled: true,
        pkceCodeChallengeMethod: "S256",
        validRedirectUris: ["https://localhost:4000/*", "https://a/*"],
        validPostLogoutRedirectUris: ["https://b/*", "https://a/*"],
        webOrigins: ["+"],
        accessTokenLifespan: "300",
        frontchannelLogoutEnabled: false,
        backchannelLogoutUrl: "https://localhost:4000/logout",
        extraConfig: { "use.jwks.url": "true", "jwks.url": "https://x/jwks" },
      },
      {
        name: undefined,
        clientSecret: "other-secret",
        validRedirectUris: ["https://localhost:4000/*"],
        validPostLogoutRedirectUris: undefined,
        pkceCodeChallengeMethod: undefined,
        extraConfig: { "use.jwks.url": "false" },
        clientAuthenticatorType: "client-jwt",
        serviceAccountsEnabled: false,
      },
      (id) => `${realmId}/${id}`,
    );
  });

  it("openid.Client: what Keycloak makes up is an output, the service account's user too", async () => {
    const type = typeOf("openid/client:Client");
    const { id, state } = await harness.make("openid/client:Client", { realmId, clientId: "svc", accessType: "CONFIDENTIAL", serviceAccountsEnabled: true });
    expect(state.clientSecret).toMatch(/^.{20,}$/);
    expect(state.serviceAccountUserId).toMatch(/^[0-9a-f-]{36}$/);
    await expect(harness.make("openid/client:Client", { realmId, clientId: "svc", accessType: "PUBLIC" })).rejects.toThrow("409 Conflict: Client svc already exists");
    await type.delete(harness.session, id, state, context);
  });

  it("sees what somebody changed and what somebody removed", async () => {
    const type = typeOf("openid/client:Client");
    const { id, state } = await harness.make("openid/client:Client", { realmId, clientId: "drift", name: "N", description: "D", accessType: "PUBLIC" });
    await type.update!(harness.session, id, { ...state, name: undefined, description: "other" }, state, ["name"], context);
    const found = await type.read(harness.session, id, state, context);
    expect(found!.inputs).toMatchObject({ description: "other", accessType: "PUBLIC" });
    expect(found!.inputs["name"] ?? "").toBe("");
    await type.delete(harness.session, id, state, context);
  });

  it("refuses a wrong secret without repeating it", async () => {
    const wrong = newSession("wrong-secret");
    const error = await typeOf("index/realm:Realm").read(wrong, realmId, { realm: realmId }, context).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain(`sign in as client ${process.env["KEYCLOAK_CLIENT_ID"]} of realm master`);
    expect(String(error)).toContain("401");
    expect(String(error)).not.toContain("wrong-secret");
  });

  it("logs in once for many calls, and again after the token is lost", async () => {
    const own = newSession();
    const type = typeOf("index/realm:Realm");
    const fetched: string[] = [];
    const original = globalThis.fetch;
    globalThis.fetch = (input, init) => {
      fetched.push(String(input));
      return original(input, init);
    };
    try {
      await Promise.all(Array.from({ length: 5 }, () => type.read(own, realmId, { realm: realmId }, context)));
      expect(fetched.filter((each) => each.endsWith("/token"))).toHaveLength(1);
      own.forgetLogin();
      await type.read(own, realmId, { realm: realmId }, context);
      expect(fetched.filter((each) => each.endsWith("/token"))).toHaveLength(2);
    } finally {
      globalThis.fetch = original;
    }
  });
});
