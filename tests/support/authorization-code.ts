import { createHash, randomBytes } from "node:crypto";
import { decodeJwt } from "jose";
import { REQUEST_LIMIT_MS } from "./trust.ts";

/** What a login needs to know of an app client; a stack's output `instances` has it all. */
export interface App {
  readonly issuer: string;
  readonly clientId: string;
  /** Public base of the application; its redirect URIs are below it. */
  readonly backendUrl: string;
}

/** One started authorization-code flow: where to send the user, and what is needed to redeem the code. */
export interface AuthorizationRequest {
  readonly url: URL;
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly clientId: string;
  readonly issuer: string;
  readonly tokenEndpoint: string;
}

/**
 * Starts a flow with PKCE (S256) at the endpoints that discovery names.
 *
 * @param acr the authentication asked for (`acr_values`); none by default
 * @throws when discovery does not answer 200 or names another issuer
 */
export async function authorizationRequest(site: App, acr?: string): Promise<AuthorizationRequest> {
  const discovery = await json(`${site.issuer}/.well-known/openid-configuration`);
  if (discovery["issuer"] !== site.issuer) throw new Error(`discovery: expected issuer ${site.issuer}, got ${discovery["issuer"]}`);
  const [state, nonce, verifier] = [random(), random(), random()];
  const redirectUri = `${site.backendUrl}/callback`;
  const url = new URL(discovery["authorization_endpoint"]!);
  url.search = new URLSearchParams({
    client_id: site.clientId,
    redirect_uri: redirectUri,
    response_type: "code",
    scope: "openid",
    state,
    nonce,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...(acr === undefined ? {} : { acr_values: acr }),
  }).toString();
  const { clientId, issuer } = site;
  return { url, redirectUri, state, nonce, verifier, clientId, issuer, tokenEndpoint: discovery["token_endpoint"]! };
}

/** What a token endpoint gives. */
export interface Tokens {
  readonly accessToken: string;
  /** Good once; absent where the client gets none. */
  readonly refreshToken?: string;
}

/** Exchanges a refresh token for new tokens of the same session. @throws when it is not good any more */
export async function refresh({ clientId, issuer }: App, refreshToken: string): Promise<Tokens> {
  return tokensOf(await json(`${issuer}/protocol/openid-connect/token`, { grant_type: "refresh_token", client_id: clientId, refresh_token: refreshToken }));
}

const tokensOf = (answer: Record<string, string>): Tokens => ({ accessToken: answer["access_token"]!, ...(answer["refresh_token"] && { refreshToken: answer["refresh_token"] }) });

/**
 * Exchanges the code of the callback address for tokens.
 *
 * @throws when the callback carries an error, another state or another issuer, or the ID token another nonce
 */
export async function redeem(request: AuthorizationRequest, callback: URL): Promise<Tokens> {
  const given = callback.searchParams;
  if (given.has("error")) throw new Error(`login refused: ${given.get("error")} ${given.get("error_description") ?? ""}`.trim());
  if (given.get("state") !== request.state) throw new Error("callback: the state is not the one that was sent");
  // RFC 9207: Keycloak names itself in the callback.
  if (given.has("iss") && given.get("iss") !== request.issuer) throw new Error(`callback: expected iss ${request.issuer}, got ${given.get("iss")}`);
  const tokens = await json(request.tokenEndpoint, {
    grant_type: "authorization_code",
    code: given.get("code") ?? "",
    client_id: request.clientId,
    redirect_uri: request.redirectUri,
    code_verifier: request.verifier,
  });
  if (decodeJwt(tokens["id_token"]!)["nonce"] !== request.nonce) throw new Error("ID token: the nonce is not the one that was sent");
  return tokensOf(tokens);
}

const random = (): string => randomBytes(32).toString("base64url");

async function json(url: string, form?: Record<string, string>): Promise<Record<string, string>> {
  const response = await fetch(url, {
    ...(form && { method: "POST", body: new URLSearchParams(form) }),
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
  const body = await response.text();
  // The body of an error names its cause ("Realm does not exist", "invalid_grant") and holds no token.
  if (!response.ok) throw new Error(`${form ? "POST" : "GET"} ${url}: HTTP ${response.status} ${body.slice(0, 300)}`);
  return JSON.parse(body) as Record<string, string>;
}
