import { authorizationRequest, bare, CookieJar, endpointOf, expectStatus, jsonObject, walk, type AuthorizationRequest, type HttpClient, type OidcSide } from "@dive/common/federation";
import { TOTP, URI } from "otpauth";
import { DiveError } from "../errors.ts";
import type { InstanceOutput } from "../federation/outputs.ts";
import { formAction } from "./form.ts";

/** A test user of an instance's realm. */
export interface TestUser {
  readonly username: string;
  readonly password: string;
  /** `otpauth://` URI. */
  readonly totp: string;
}

/**
 * Signs `user` of `home` in at `at`, with both factors, as a browser does; through the broker when those are not the same.
 * @returns the access token
 * @throws DiveError that says where it ended; never a password, code or token
 */
export async function signIn(http: HttpClient, { at, home, user }: { readonly at: InstanceOutput; readonly home: InstanceOutput; readonly user: TestUser }): Promise<string> {
  const side = sideOf(at, home);
  const request = authorizationRequest(side);
  const url = new URL(request.url);
  if (at.code === home.code) url.searchParams.delete("kc_idp_hint");
  url.searchParams.set("acr_values", "2");
  const common = { cookies: new CookieJar(), origins: [new URL(at.keycloakUrl).origin, new URL(home.keycloakUrl).origin], redirectUri: side.redirectUri };
  const forms = [
    ["kc-form-login", () => ({ username: user.username, password: user.password, credentialId: "" })],
    ["kc-otp-login-form", () => ({ otp: codeOf(user.totp) })],
  ] as const;
  let end = await walk(http, { ...common, url: url.href });
  for (const [id, fields] of forms) {
    if ("callback" in end) break;
    const action = formAction(end.page.text, id, end.page.url);
    // The password is for the user's own realm and nobody else.
    if (!action?.startsWith(`${home.keycloakUrl}/realms/${home.realm}/`)) throw stopped(user, end.page.url, id);
    end = await walk(http, { ...common, url: action, form: fields() });
  }
  if ("page" in end) throw stopped(user, end.page.url, "way back to the application");
  return redeem(http, side, request, end.callback);
}

async function redeem(http: HttpClient, side: OidcSide, request: AuthorizationRequest, callback: URL): Promise<string> {
  const given = callback.searchParams;
  const code = given.get("code");
  if (code === null) throw new DiveError(`${side.code} refused the sign-in: ${given.get("error_description") ?? given.get("error") ?? "no reason given"}.`);
  if (given.get("state") !== request.state) throw new DiveError(`${side.code} sent the browser back with another state.`);
  const form = { grant_type: "authorization_code", code, client_id: side.clientId, redirect_uri: side.redirectUri, code_verifier: request.verifier };
  const token = jsonObject(expectStatus(await http.request(endpointOf(side, "token"), { form })))["access_token"];
  if (typeof token !== "string") throw new DiveError(`${side.code} gave no access token for the code.`);
  return token;
}

function sideOf(at: InstanceOutput, home: InstanceOutput): OidcSide {
  const { code, realm, issuer, clientId } = at;
  return { code, publicBase: at.keycloakUrl, realm, issuer, clientId, redirectUri: `${at.backendUrl}/callback`, brokerAlias: `${home.code.toLowerCase()}-idp` };
}

function codeOf(totp: string): string {
  const factor = URI.parse(totp);
  if (!(factor instanceof TOTP)) throw new DiveError("The second factor is no time-based one.");
  return factor.generate();
}

function stopped({ username }: TestUser, url: string, expected: string): DiveError {
  return new DiveError(`The sign-in of ${username} stopped at ${bare(url)}, expected ${expected}. A one-time code is taken once: wait half a minute and try again.`);
}
