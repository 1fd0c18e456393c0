import { LOGOUT_EVENT, RevocationUnavailableError } from "@dive/common/revocation";
import { SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import { createTestRealm, TEST_ISSUER } from "../../common/testing/realm.ts";
import { createTestApp, type TestAppOptions } from "../testing/test-app.ts";

const SESSION = "session-1";
const ADMIN = { uniqueID: "usa:testuser-usa-5", countryOfAffiliation: "USA", realm_access: { roles: ["dive-admin"] }, sid: "admin-session", jti: "admin-1" };
const PERSON = { sid: SESSION, jti: "token-1" };

async function backend(options: TestAppOptions = {}) {
  const { app, realm, metrics } = await createTestApp(options);
  const bearer = async (claims: Record<string, unknown>) => ({ authorization: `Bearer ${await realm.token(claims)}` });
  return {
    app, realm, metrics, bearer,
    post: async (url: string, claims: Record<string, unknown>, payload?: object) => app.inject({ method: "POST", url, headers: await bearer(claims), ...(payload && { payload }) }),
    whoami: async (claims: Record<string, unknown>) => app.inject({ url: "/api/whoami", headers: await bearer(claims) }),
    logout: (token?: string) =>
      app.inject({ method: "POST", url: "/api/auth/backchannel-logout", headers: { "content-type": "application/x-www-form-urlencoded" }, payload: token === undefined ? "" : `logout_token=${token}` }),
  };
}

describe("a revoked token", () => {
  it("is 401 on every route that needs one, and counted as an invalid token", async () => {
    const { whoami, post, bearer, app, metrics } = await backend();
    expect((await whoami(PERSON)).statusCode).toBe(200);
    expect((await post("/api/auth/logout", PERSON)).statusCode).toBe(204);
    for (const url of ["/api/whoami", "/api/resources"]) {
      const answer = await app.inject({ url, headers: await bearer(PERSON) });
      expect([answer.statusCode, answer.json().code]).toEqual([401, "DIVE_ERR_TOKEN_REVOKED"]);
      expect(answer.headers["www-authenticate"]).toContain('error="invalid_token"');
    }
    expect((await whoami({ ...PERSON, jti: "token-2" })).statusCode, "another token of the session").toBe(401);
    expect((await whoami({ ...PERSON, sid: "session-2" })).statusCode, "a new sign-in").toBe(200);
    expect(await metrics.registry.metrics()).toContain('dive_v3_invalid_tokens_total{reason="revoked"} 3');
  });

  it("without a session is revoked alone at logout, and one without any number cannot be", async () => {
    const { whoami, post } = await backend();
    expect((await post("/api/auth/logout", { jti: "service-1" })).statusCode).toBe(204);
    expect((await whoami({ jti: "service-1" })).statusCode).toBe(401);
    expect((await whoami({ jti: "service-2" })).statusCode).toBe(200);
    expect((await post("/api/auth/logout", {})).json().code).toBe("DIVE_ERR_REVOCATION_REQUEST");
  });

  it("is not said to be revoked while the blacklist does not answer", async () => {
    const { post, whoami } = await backend({ revocations: { revoke: () => Promise.reject(new RevocationUnavailableError(new Error("no Redis"))) } });
    const answer = await post("/api/auth/logout", PERSON);
    expect([answer.statusCode, answer.json().code, answer.headers["retry-after"]]).toEqual([503, "DIVE_ERR_BLACKLIST_UNAVAILABLE", "5"]);
    expect((await whoami(PERSON)).statusCode).toBe(200);
  });
});

describe("an administrator's revocation", () => {
  it("of a token, a person or a nation refuses what was there before, and nothing else", async () => {
    const { realm, post, whoami } = await backend();
    const revoke = async (body: object) => (await post("/api/auth/blacklist-token", ADMIN, body)).json();
    expect(await revoke({ token: await realm.token(PERSON) })).toMatchObject({ kind: "token", expiresAt: expect.stringMatching(/Z$/) });
    expect((await whoami(PERSON)).statusCode).toBe(401);
    expect((await whoami({ ...PERSON, jti: "token-2" })).statusCode).toBe(200);

    const later = Math.floor(Date.now() / 1_000) + 3;
    expect(await revoke({ uniqueID: "fra:testuser-fra-1" })).toMatchObject({ kind: "user" });
    expect((await whoami({ jti: "token-2" })).statusCode).toBe(401);
    expect((await whoami({ jti: "token-3", auth_time: later })).statusCode, "signed in again").toBe(200);
    expect((await whoami({ jti: "token-4", uniqueID: "fra:testuser-fra-2" })).statusCode).toBe(200);

    expect(await revoke({ realm: "FRA" })).toMatchObject({ kind: "realm" });
    expect((await whoami({ jti: "token-4", uniqueID: "fra:testuser-fra-2" })).statusCode).toBe(401);
    expect((await whoami({ jti: "token-5", uniqueID: "fra:testuser-fra-2", auth_time: later })).statusCode).toBe(200);
    expect((await whoami(ADMIN)).statusCode).toBe(200);
  });

  it("is for administrators only", async () => {
    const { post, app, bearer } = await backend();
    for (const claims of [PERSON, { ...PERSON, realm_access: { roles: ["federation-admin", "admin"] } }, { ...PERSON, roles: ["dive-admin"] }]) {
      expect((await post("/api/auth/blacklist-token", claims, { realm: "FRA" })).json().code).toBe("DIVE_ERR_ROLE_MISSING");
      expect((await app.inject({ url: "/api/blacklist/stats", headers: await bearer(claims) })).statusCode).toBe(403);
    }
  });

  it("takes a token that is bound to a key, and none that its realm did not sign", async () => {
    const { realm, post, whoami } = await backend();
    const revoke = (token: string) => post("/api/auth/blacklist-token", ADMIN, { token });
    expect((await revoke(await realm.token({ ...PERSON, cnf: { jkt: "x" } }))).statusCode).toBe(200);
    const other = await createTestRealm();
    const victim = { jti: "token-9" };
    for (const [what, token] of [
      ["forged with another key", await other.token(victim)],
      ["without a signature", new UnsecuredJWT(realm.claims(victim)).encode()],
      ["of another realm", await realm.token({ ...victim, iss: "https://localhost:8453/realms/dive-v3-broker-fra" })],
      ["expired", await realm.token({ ...victim, exp: 1 })],
      ["without a number", await realm.token({})],
      ["no token", "x"],
    ] as const) {
      const answer = await revoke(token);
      expect([what, answer.statusCode, answer.json().code]).toEqual([what, 400, "DIVE_ERR_REVOCATION_REQUEST"]);
    }
    expect((await whoami(victim)).statusCode).toBe(200);
  });

  it.each<[string, object]>([
    ["nothing", {}],
    ["two things", { uniqueID: "fra:x", realm: "FRA" }],
    ["a field too many", { realm: "FRA", by: "usa:somebody" }],
    ["a realm that is none", { realm: "XXX" }],
    ["a realm in small letters", { realm: "fra" }],
    ["a person without a nation", { uniqueID: "testuser" }],
    ["an operator for a person", { uniqueID: { $ne: "x" } }],
    ["a token too long", { token: "a".repeat(8_193) }],
  ])("of %s is 400", async (_what, body) => {
    const { post } = await backend();
    expect((await post("/api/auth/blacklist-token", ADMIN, body)).statusCode).toBe(400);
  });
});

describe("questions about the blacklist", () => {
  it("are answered for a token of the realm, and in numbers for administrators", async () => {
    const { app, realm, post, bearer } = await backend();
    const check = async (token: string) => post("/api/blacklist/check", { jti: "asker" }, { token });
    const token = await realm.token(PERSON);
    expect((await check(token)).json()).toMatchObject({ revoked: false, stale: false, viewAgeMs: expect.any(Number) });
    await post("/api/auth/logout", PERSON);
    expect((await check(token)).json()).toMatchObject({ revoked: true, kind: "session" });
    expect((await check(`${token.slice(0, -8)}AAAAAAAA`)).statusCode).toBe(400);
    expect((await app.inject({ url: "/api/blacklist/stats", headers: await bearer(ADMIN) })).json()).toMatchObject({ counts: { token: 0, session: 1, user: 0, realm: 0 }, total: 1, stale: false });
  });

  it("say null for an age that there is none of", async () => {
    const { app, bearer } = await backend({ revocations: { verdict: () => ({ revoked: false, stale: true, ageMs: Number.POSITIVE_INFINITY }) } });
    expect((await app.inject({ url: "/api/blacklist/stats", headers: await bearer(ADMIN) })).json()).toMatchObject({ stale: true, viewAgeMs: null });
  });
});

describe("back-channel logout", () => {
  const claims = (changes: Record<string, unknown> = {}) => ({
    aud: "dive-v3-broker-usa", typ: "Logout", jti: "logout-1", sid: SESSION, events: { [LOGOUT_EVENT]: {} }, exp: Math.floor(Date.now() / 1_000) + 120, ...changes,
  });

  it.each(["dive-v3-broker-usa", "dive-v3-broker-fra"])("of client %s ends the session at once, and is not cached", async (aud) => {
    const { realm, logout, whoami } = await backend();
    const answer = await logout(await realm.token(claims({ aud })));
    expect([answer.statusCode, answer.body, answer.headers["cache-control"]]).toEqual([200, "", "no-store"]);
    expect((await whoami(PERSON)).statusCode).toBe(401);
    expect((await whoami({ ...PERSON, sid: "session-2" })).statusCode).toBe(200);
  });

  it("is refused a second time", async () => {
    const { realm, logout } = await backend();
    const token = await realm.token(claims());
    expect((await logout(token)).statusCode).toBe(200);
    expect((await logout(token)).json().message).toContain("used before");
  });

  it.each<[string, Record<string, unknown>]>([
    ["another realm", { iss: "https://localhost:8453/realms/dive-v3-broker-fra" }],
    ["another client", { aud: "account" }],
    ["an expired one", { exp: 1 }],
    ["an old one", { iat: Math.floor(Date.now() / 1_000) - 700 }],
    ["one from the future", { iat: Math.floor(Date.now() / 1_000) + 60 }],
    ["one that never expires", { exp: undefined }],
    ["one without a time", { iat: undefined }],
    ["one without a number", { jti: undefined }],
    ["one with an empty number", { jti: "" }],
    ["an ID token (nonce)", { nonce: "n" }],
    ["one without events", { events: undefined }],
    ["one with other events", { events: { "http://schemas.openid.net/event/other": {} } }],
    ["one whose event is no object", { events: { [LOGOUT_EVENT]: "x" } }],
    ["one without a session", { sid: undefined }],
    ["one with a number for a session", { sid: 7 }],
  ])("refuses %s", async (_what, changes) => {
    const { realm, logout, whoami } = await backend();
    const answer = await logout(await realm.token(claims(changes)));
    expect([answer.statusCode, answer.json().code, answer.headers["cache-control"]]).toEqual([400, "DIVE_ERR_LOGOUT_TOKEN", "no-store"]);
    expect((await whoami(PERSON)).statusCode).toBe(200);
  });

  it("refuses forged, unsigned and symmetrically signed ones, an access token, and forms without exactly one", async () => {
    const { app, realm, logout, whoami } = await backend();
    const other = await createTestRealm();
    const all = { iss: TEST_ISSUER, iat: Math.floor(Date.now() / 1_000), ...claims() };
    const symmetric = await new SignJWT(all).setProtectedHeader({ alg: "HS256", kid: "key-1" }).sign(new TextEncoder().encode(await realm.publicKeyPem()));
    const good = await realm.token(claims());
    for (const token of [await other.token(claims()), new UnsecuredJWT(all).encode(), symmetric, await realm.token({ ...PERSON, aud: "dive-v3-broker-usa" }), "x", "", undefined, `${good}&logout_token=${good}`]) {
      expect((await logout(token)).statusCode).toBe(400);
    }
    const json = await app.inject({ method: "POST", url: "/api/auth/backchannel-logout", payload: { logout_token: good } });
    expect(json.statusCode).toBe(400);
    expect((await whoami(PERSON)).statusCode).toBe(200);
  });

  it("is not said to be done when it could not be checked for replay or stored", async () => {
    const broken = () => Promise.reject(new RevocationUnavailableError(new Error("no Redis")));
    for (const options of [{ replays: { claim: broken } }, { revocations: { revoke: broken } }]) {
      const { realm, logout } = await backend(options);
      expect((await logout(await realm.token(claims()))).statusCode).toBe(400);
    }
  });
});
