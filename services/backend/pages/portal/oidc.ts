// Runs in browsers and, for its tests, in Node.
import { encode } from "jose/base64url";
import { decodeJwt } from "jose/jwt/decode";

/** The own realm, and the page as its client. */
export interface Realm {
  readonly issuer: string;
  readonly clientId: string;
  readonly redirectUri: string;
}

/** What a sign-in is to be like. */
export interface SignInWish {
  /** The broker that the person comes through, to go to at once. Default: the realm's own form. */
  readonly broker?: string;
  /** Ask for the second factor. Default: the password alone. */
  readonly secondFactor?: boolean;
  /** Take the session that is there or nothing: no form is shown. Default: ask. */
  readonly silent?: boolean;
  /** Where the person was (`#/documents`), to be there again afterwards. */
  readonly route: string;
}

/** A sign-in under way; kept in this tab while the browser is away at the realm, and good for one answer. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly route: string;
  readonly silent: boolean;
  /** The broker that the person comes through. Undefined: the realm's own people. */
  readonly broker?: string;
}

/** What the realm gave. */
export interface Tokens {
  readonly accessToken: string;
  readonly idToken: string;
  readonly refreshToken: string | undefined;
  /** When the access token ends, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** The realm did not sign the person in; `code` is the protocol's ("login_required", "access_denied"). */
export class SignInError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "SignInError";
    this.code = code;
  }
}

/** Starts the authorization code flow with PKCE. The answer comes in the fragment, which no server and no log gets to see. */
export async function beginSignIn({ issuer, clientId, redirectUri }: Realm, { broker, secondFactor = false, silent = false, route }: SignInWish): Promise<{ readonly url: string; readonly pending: PendingSignIn }> {
  const [state, nonce, verifier] = [random(), random(), random()];
  const challenge = encode(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
  const query = new URLSearchParams({
    client_id: clientId, redirect_uri: redirectUri, response_type: "code", response_mode: "fragment", scope: "openid", state, nonce,
    code_challenge: challenge, code_challenge_method: "S256",
    ...(secondFactor ? { acr_values: "2" } : {}),
    ...(silent ? { prompt: "none" } : {}),
    ...(broker === undefined || silent ? {} : { kc_idp_hint: broker }),
  });
  return { url: `${issuer}/protocol/openid-connect/auth?${query}`, pending: { state, nonce, verifier, route, silent, ...(broker === undefined ? {} : { broker }) } };
}

/**
 * The code out of the fragment with which the browser came back.
 * @throws {SignInError} when the realm refused, or the answer is not the one to the sign-in that this tab began
 */
export function readAnswer(fragment: string, pending: PendingSignIn | undefined, issuer: string): string {
  const answer = new URLSearchParams(fragment.replace(/^#/, ""));
  if (pending === undefined || answer.get("state") !== pending.state) throw new SignInError("foreign_answer", "This is not the answer to a sign-in that was begun in this window.");
  // RFC 9207: who answers says who it is.
  if (answer.get("iss") !== issuer) throw new SignInError("foreign_answer", "The answer does not come from this instance's realm.");
  const error = answer.get("error");
  if (error !== null) throw new SignInError(error, answer.get("error_description") ?? error);
  const code = answer.get("code");
  if (code === null || code === "") throw new SignInError("no_code", "The realm sent no code.");
  return code;
}

/** Whether a fragment is the realm's answer and no address of the page's own. */
export function isAnswer(fragment: string): boolean {
  const answer = new URLSearchParams(fragment.replace(/^#/, ""));
  return answer.has("state") && (answer.has("code") || answer.has("error"));
}

/** Redeems the code. @throws {SignInError} */
export async function redeem(realm: Realm, code: string, { verifier, nonce }: PendingSignIn): Promise<Tokens> {
  const tokens = await tokenRequest(realm, { grant_type: "authorization_code", code, redirect_uri: realm.redirectUri, code_verifier: verifier });
  // It comes from the realm itself over TLS, so its signature need not be checked (OpenID Connect Core 1.0 section 3.1.3.7).
  const claims = decodeJwt(tokens.idToken);
  const audience = [claims.aud].flat();
  if (claims["nonce"] !== nonce || claims.iss !== realm.issuer || !audience.includes(realm.clientId)) throw new SignInError("foreign_token", "The token is not the one that was asked for.");
  return tokens;
}

/** New tokens for the same session. @throws {SignInError} when it has ended */
export function renew(realm: Realm, refreshToken: string): Promise<Tokens> {
  return tokenRequest(realm, { grant_type: "refresh_token", refresh_token: refreshToken });
}

/** Where a session of the realm ends, which also tells the nation whose user it is. */
export function endSessionUrl({ issuer, clientId, redirectUri }: Realm, idToken: string): string {
  return `${issuer}/protocol/openid-connect/logout?${new URLSearchParams({ client_id: clientId, id_token_hint: idToken, post_logout_redirect_uri: redirectUri })}`;
}

async function tokenRequest({ issuer, clientId }: Realm, form: Record<string, string>): Promise<Tokens> {
  const asked = Date.now();
  const response = await fetch(`${issuer}/protocol/openid-connect/token`, {
    method: "POST", body: new URLSearchParams({ client_id: clientId, ...form }), credentials: "omit", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(15_000),
  }).catch((error: unknown) => {
    throw new SignInError("realm_unreachable", `The realm does not answer (${error instanceof Error ? error.message : String(error)}).`);
  });
  const body = (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>;
  const { access_token: accessToken, id_token: idToken, refresh_token: refreshToken, expires_in: lifeS } = body;
  if (response.status !== 200 || typeof accessToken !== "string" || typeof idToken !== "string" || typeof lifeS !== "number") {
    throw new SignInError(String(body["error"] ?? `http_${response.status}`), String(body["error_description"] ?? "The realm gave no token."));
  }
  return { accessToken, idToken, refreshToken: typeof refreshToken === "string" ? refreshToken : undefined, expiresAt: asked + lifeS * 1_000 };
}

function random(): string {
  return encode(crypto.getRandomValues(new Uint8Array(32)));
}
