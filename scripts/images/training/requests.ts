import { createHash, randomBytes } from "node:crypto";
import KeycloakAdminClient from "@keycloak/keycloak-admin-client";

const REALM = "training";

/**
 * Sends a fresh Keycloak what a deployment and its users send, so that the classes in use are
 * loaded when the training ends: administration of a realm, tokens, the login page and its form.
 * @param base public base, `http://127.0.0.1:<port>`
 * @param admin the bootstrap administration client
 */
export async function exercise(base: string, admin: { id: string; secret: string }): Promise<void> {
  const client = new KeycloakAdminClient({ baseUrl: base, realmName: "master" });
  await client.auth({ grantType: "client_credentials", clientId: admin.id, clientSecret: admin.secret });
  const password = randomBytes(18).toString("base64url");
  await administer(client, base, password);
  const tokens = `${base}/realms/${REALM}/protocol/openid-connect/token`;
  const login = { grant_type: "password", client_id: "app", username: "user", password, scope: "openid" };
  const first = await form(tokens, login);
  const { access_token, refresh_token } = (await first.json()) as { access_token: string; refresh_token: string };
  await form(tokens, { grant_type: "refresh_token", client_id: "app", refresh_token });
  await get(`${base}/realms/${REALM}/protocol/openid-connect/userinfo`, { authorization: `Bearer ${access_token}` });
  await get(`${base}/realms/${REALM}/.well-known/openid-configuration`);
  await get(`${base}/realms/${REALM}/protocol/openid-connect/certs`);
  await signIn(base, tokens, password);
}

/** Makes a realm with all that a deployment configures in one. */
async function administer(client: KeycloakAdminClient, base: string, password: string): Promise<void> {
  await client.realms.create({ realm: REALM, enabled: true });
  client.setConfig({ realmName: REALM });
  await client.clients.create({
    clientId: "app",
    publicClient: true,
    directAccessGrantsEnabled: true,
    redirectUris: [`${base}/*`],
    protocolMappers: [
      { name: "clearance", protocol: "openid-connect", protocolMapper: "oidc-usermodel-attribute-mapper", config: { "user.attribute": "clearance", "claim.name": "clearance", "access.token.claim": "true" } },
      { name: "audience", protocol: "openid-connect", protocolMapper: "oidc-audience-mapper", config: { "included.custom.audience": "app", "access.token.claim": "true" } },
    ],
  });
  await client.users.updateProfile({ ...(await client.users.getProfile()), unmanagedAttributePolicy: "ADMIN_EDIT" as never });
  await client.users.create({
    username: "user", enabled: true, emailVerified: true, email: "user@example.test", firstName: "Training", lastName: "User",
    attributes: { clearance: ["SECRET"] },
    credentials: [{ type: "password", value: password, temporary: false }],
  });
  await client.identityProviders.create({
    alias: "partner", providerId: "oidc", enabled: true,
    config: { authorizationUrl: `${base}/a`, tokenUrl: `${base}/t`, clientId: "app", clientAuthMethod: "private_key_jwt", useJwksUrl: "true", jwksUrl: `${base}/j`, issuer: base, syncMode: "FORCE" },
  });
  await client.identityProviders.createMapper({
    alias: "partner",
    identityProviderMapper: { name: "clearance", identityProviderAlias: "partner", identityProviderMapper: "oidc-user-attribute-idp-mapper", config: { claim: "clearance", "user.attribute": "clearance", syncMode: "FORCE" } },
  });
  await client.authenticationManagement.getFlows();
  await client.authenticationManagement.copyFlow({ flow: "browser", newName: "copy" });
  await client.users.find({ max: 10 });
  await client.realms.findOne({ realm: REALM });
}

/** The authorization-code flow with PKCE through the login page. */
async function signIn(base: string, tokens: string, password: string): Promise<void> {
  const verifier = randomBytes(32).toString("base64url");
  const redirect = `${base}/done`;
  const question = new URLSearchParams({
    client_id: "app", redirect_uri: redirect, response_type: "code", scope: "openid",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256",
  });
  const page = await get(`${base}/realms/${REALM}/protocol/openid-connect/auth?${question}`);
  const cookie = page.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");
  const action = /action="([^"]+)"/.exec(await page.text())?.[1]?.replaceAll("&amp;", "&");
  if (action === undefined) throw new Error("Training: Keycloak's login page has no form");
  const answer = await form(action, { username: "user", password }, { cookie });
  const code = new URL(answer.headers.get("location") ?? "").searchParams.get("code");
  if (code === null) throw new Error("Training: Keycloak's sign-in gave no code");
  await form(tokens, { grant_type: "authorization_code", client_id: "app", code, redirect_uri: redirect, code_verifier: verifier });
}

const get = (url: string, headers: Record<string, string> = {}): Promise<Response> => checked(url, { headers });

const form = (url: string, body: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> =>
  checked(url, { method: "POST", body: new URLSearchParams(body), headers });

async function checked(url: string, request: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...request, redirect: "manual", signal: AbortSignal.timeout(60_000) });
  if (response.status < 400) return response;
  throw new Error(`Training: ${request.method ?? "GET"} ${url.replace(/\?.*/, "")} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
}
