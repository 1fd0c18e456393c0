import { createHash } from "node:crypto";
import { UnsecuredJWT } from "jose";
import { afterEach, describe, expect, it, vi } from "vitest";
import { beginSignIn, endSessionUrl, isAnswer, readAnswer, redeem, renew, type PendingSignIn } from "./oidc.ts";

const realm = { issuer: "https://localhost:8443/realms/dive-v3-broker-usa", clientId: "dive-v3-broker-usa", redirectUri: "https://localhost:4000/" };
const pending: PendingSignIn = { state: "s", nonce: "n", verifier: "v", route: "#/documents", silent: false };
const idToken = (claims: Record<string, unknown> = {}) => new UnsecuredJWT({ nonce: "n", ...claims }).setIssuer(realm.issuer).setAudience(realm.clientId).encode();
const answered = (status: number, body: unknown) => vi.stubGlobal("fetch", vi.fn(async () => Response.json(body, { status })));

afterEach(() => vi.unstubAllGlobals());

describe("a sign-in", () => {
  it("begins at the realm with PKCE, and asks for the answer where no server sees it", async () => {
    const { url, pending: begun } = await beginSignIn(realm, { broker: "fra-idp", secondFactor: true, route: "#/upload" });
    const { origin, pathname, searchParams } = new URL(url);
    expect(`${origin}${pathname}`).toBe(`${realm.issuer}/protocol/openid-connect/auth`);
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: realm.clientId, redirect_uri: realm.redirectUri, response_type: "code", response_mode: "fragment", scope: "openid", state: begun.state, nonce: begun.nonce,
      code_challenge: createHash("sha256").update(begun.verifier).digest("base64url"), code_challenge_method: "S256", acr_values: "2", kc_idp_hint: "fra-idp",
    });
    expect(begun).toMatchObject({ route: "#/upload", silent: false, broker: "fra-idp", verifier: expect.stringMatching(/^[\w-]{43}$/) });
  });

  it("shows nothing when it is silent, and goes to no broker unless one was chosen", async () => {
    const silent = new URL((await beginSignIn(realm, { silent: true, broker: "fra-idp", route: "" })).url).searchParams;
    expect([silent.get("prompt"), silent.get("kc_idp_hint"), silent.get("acr_values")]).toEqual(["none", null, null]);
    expect(new URL((await beginSignIn(realm, { route: "" })).url).searchParams.has("kc_idp_hint")).toBe(false);
  });
});

describe("the realm's answer", () => {
  const fragment = (values: Record<string, string>) => `#${new URLSearchParams({ state: "s", iss: realm.issuer, ...values })}`;

  it("is told from an address of the page", () => {
    expect([fragment({ code: "c" }), fragment({ error: "e" }), "#/documents", "", "#code=1"].map(isAnswer)).toEqual([true, true, false, false, false]);
  });

  it("yields the code of the sign-in that this tab began", () => {
    expect(readAnswer(fragment({ code: "c" }), pending, realm.issuer)).toBe("c");
  });

  it.each([
    ["to another sign-in", fragment({ code: "c", state: "x" }), pending, "foreign_answer"],
    ["to none", fragment({ code: "c" }), undefined, "foreign_answer"],
    ["of another realm", fragment({ code: "c", iss: "https://elsewhere" }), pending, "foreign_answer"],
    ["without a code", fragment({}), pending, "no_code"],
    ["that says no", fragment({ error: "login_required" }), pending, "login_required"],
  ])("%s is refused", (_what, answer, begun, code) => {
    expect(() => readAnswer(answer, begun, realm.issuer)).toThrow(expect.objectContaining({ name: "SignInError", code }));
  });
});

describe("a code", () => {
  it("is redeemed with the verifier, and without cookies", async () => {
    answered(200, { access_token: "a", id_token: idToken(), refresh_token: "r", expires_in: 900 });
    expect(await redeem(realm, "c", pending)).toMatchObject({ accessToken: "a", refreshToken: "r", expiresAt: expect.any(Number) });
    const [url, init] = vi.mocked(fetch).mock.calls[0]!;
    expect([url, String(init?.body), init?.credentials, init?.redirect]).toEqual([
      `${realm.issuer}/protocol/openid-connect/token`,
      String(new URLSearchParams({ client_id: realm.clientId, grant_type: "authorization_code", code: "c", redirect_uri: realm.redirectUri, code_verifier: "v" })), "omit", "error",
    ]);
  });

  it.each([["nonce", { nonce: "other" }], ["issuer", { iss: "https://elsewhere" }], ["audience", { aud: "other" }]])("whose ID token has another %s is worth nothing", async (_what, claims) => {
    const token = new UnsecuredJWT({ nonce: "n", iss: realm.issuer, aud: realm.clientId, ...claims }).encode();
    answered(200, { access_token: "a", id_token: token, expires_in: 900 });
    await expect(redeem(realm, "c", pending)).rejects.toMatchObject({ code: "foreign_token" });
  });

  it("that the realm refuses, or does not answer about, is an error in its words", async () => {
    answered(400, { error: "invalid_grant", error_description: "Code not valid" });
    await expect(redeem(realm, "c", pending)).rejects.toMatchObject({ code: "invalid_grant", message: "Code not valid" });
    answered(200, { access_token: "a" });
    await expect(renew(realm, "r")).rejects.toMatchObject({ code: "http_200" });
    vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(renew(realm, "r")).rejects.toMatchObject({ code: "realm_unreachable" });
  });
});

it("a session ends at the realm, which is told whose it was and where to go back to", () => {
  expect(Object.fromEntries(new URL(endSessionUrl(realm, "id")).searchParams)).toEqual({ client_id: realm.clientId, id_token_hint: "id", post_logout_redirect_uri: realm.redirectUri });
});
