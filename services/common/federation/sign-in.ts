import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet, type JWTPayload } from "jose";
import { authorizationRequest, endpointOf, type AuthorizationRequest } from "./authorization-request.ts";
import { systemClock, type Clock } from "./backoff.ts";
import { walk } from "./browser-walk.ts";
import { CookieJar } from "./cookie-jar.ts";
import { bare, expectStatus, jsonObject, type HttpAnswer, type HttpClient } from "./http.ts";
import { loginFormAction } from "./login-page.ts";
import type { OidcSide } from "./oidc-side.ts";
import { describeError, ProbeError } from "./probe-error.ts";
import { brokerRedirects, errorPage, originsOf, sentBack } from "./redirect.ts";

/** The audience that a realm's application tokens are for. */
const AUDIENCE = "dive-v3-backend";
/** As the token verifier's: never a symmetric one. */
const ALGORITHMS = ["RS256", "PS256", "ES256"];

/** A realm's permanent probe user. */
export interface ProbeUser {
  readonly username: string;
  /** Secret; sent to the login form of its own realm and nowhere else. */
  readonly password: string;
}

/** One direction of a link: the users of `source` sign in at `target`. */
export interface BrokeredSignIn {
  readonly source: OidcSide;
  /** Its `brokerAlias` leads to `source`. */
  readonly target: OidcSide;
  /** Of `source`'s realm. */
  readonly user: ProbeUser;
}

/** A sign-in that succeeded. */
export interface SignedIn {
  /** Milliseconds from the first request to the checked token. */
  readonly latencyMs: number;
  /** Claims of the access token. */
  readonly claims: JWTPayload;
}

/** The identifier that a realm's probe user carries across the federation, e.g. `fra:probe`. */
export function probeUniqueId(code: string): string {
  return `${code.toLowerCase()}:probe`;
}

/**
 * Signs in at `target` with the probe user of `source`, as a browser does: authorization code with PKCE at the application's client, the
 * broker chosen by `kc_idp_hint`, the form of `source`'s realm, the code for tokens. Then the token is checked: signature, issuer,
 * audience, and that it says who came and from where.
 * @throws ProbeError that says at which step, and what was seen; never a password, code or token
 */
export async function signInThroughBroker(http: HttpClient, { source, target, user }: BrokeredSignIn, options: { signal?: AbortSignal | undefined; clock?: Clock } = {}): Promise<SignedIn> {
  const { signal, clock = systemClock } = options;
  const started = clock.now();
  const request = authorizationRequest(target);
  const cookies = new CookieJar();
  const form = await brokerRedirects(http, target, source, { signal, url: request.url, cookies });
  const callback = await submit(http, { source, target, user }, form, cookies, signal);
  const claims = await redeem(http, target, request, callback, signal);
  assertClaims(claims, source, target);
  return { latencyMs: clock.now() - started, claims };
}

async function submit(http: HttpClient, { source, target, user }: BrokeredSignIn, page: HttpAnswer, cookies: CookieJar, signal: AbortSignal | undefined): Promise<URL> {
  const action = loginFormAction(page.text, page.url);
  if (!action?.href.startsWith(`${source.publicBase}/realms/${encodeURIComponent(source.realm)}/`)) {
    throw new ProbeError("denied", `the login form at ${bare(page.url)} leads to ${action ? bare(action.href) : "nowhere"}, expected realm ${source.realm} of ${source.code}: the password was not sent`);
  }
  const form = { username: user.username, password: user.password, credentialId: "" };
  const end = await walk(http, { url: action.href, form, cookies, origins: originsOf(target, source), redirectUri: target.redirectUri, ...(signal ? { signal } : {}) });
  if ("callback" in end) return end.callback;
  const whose = new URL(end.page.url).origin === new URL(source.publicBase).origin ? source.code : target.code;
  const error = errorPage(end.page, `${user.username} at ${whose}`);
  if (error) throw error;
  expectStatus(end.page);
  throw new ProbeError("denied", `${user.username} was stopped at ${bare(end.page.url)} by a page of ${whose} without a message`);
}

async function redeem(http: HttpClient, target: OidcSide, request: AuthorizationRequest, callback: URL, signal: AbortSignal | undefined): Promise<JWTPayload> {
  const given = callback.searchParams;
  const code = given.get("code");
  if (given.has("error") || code === null) throw sentBack(target, callback);
  if (given.get("state") !== request.state) throw new ProbeError("denied", `${target.code} sent the browser back with another state`);
  // RFC 9207: the server names itself in the callback.
  if (given.has("iss") && given.get("iss") !== target.issuer) throw new ProbeError("denied", `${target.code} sent the browser back with iss ${given.get("iss")}, expected ${target.issuer}`);
  const form = { grant_type: "authorization_code", code, client_id: target.clientId, redirect_uri: target.redirectUri, code_verifier: request.verifier };
  const tokens = jsonObject(expectStatus(await http.request(endpointOf(target, "token"), { form, ...(signal ? { signal } : {}) })));
  const { access_token: accessToken, id_token: idToken } = tokens;
  if (typeof accessToken !== "string" || typeof idToken !== "string") throw new ProbeError("denied", `${target.code} gave no access and ID token for the code`);
  const keys = jsonObject(expectStatus(await http.request(endpointOf(target, "certs"), signal ? { signal } : {}))) as unknown as JSONWebKeySet;
  try {
    const { payload } = await jwtVerify(accessToken, createLocalJWKSet(keys), { issuer: target.issuer, audience: AUDIENCE, algorithms: ALGORITHMS });
    if (decodeJwt(idToken).nonce !== request.nonce) throw new Error("the ID token has another nonce");
    return payload;
  } catch (error) {
    throw new ProbeError("denied", `${target.code} gave a token that does not verify: ${describeError(error)}`, error);
  }
}

/** The token must say what the broker makes of `source`'s probe user, and nothing more. */
function assertClaims(claims: JWTPayload, source: OidcSide, target: OidcSide): void {
  const expected: Record<string, unknown> = { uniqueID: probeUniqueId(source.code), countryOfAffiliation: source.code, clearance: "UNCLASSIFIED" };
  const wrong = Object.entries(expected).flatMap(([claim, value]) => (claims[claim] === value ? [] : [`${claim} is ${JSON.stringify(claims[claim]) ?? "missing"}, expected ${JSON.stringify(value)}`]));
  const communities = claims["acpCOI"];
  if (communities !== undefined && !(Array.isArray(communities) && communities.length === 0)) wrong.push(`acpCOI is ${JSON.stringify(communities)}, expected none`);
  if (wrong.length > 0) throw new ProbeError("denied", `the token of ${target.code} for ${source.code}'s probe user: ${wrong.join("; ")}`);
}
