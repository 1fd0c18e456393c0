import { createHash, randomBytes } from "node:crypto";
import type { OidcSide } from "./oidc-side.ts";

/** A sign-in that was started: where to send the browser, and what is needed to take the code for tokens. */
export interface AuthorizationRequest {
  readonly url: string;
  readonly state: string;
  readonly nonce: string;
  /** PKCE verifier of the challenge (S256) in the URL. */
  readonly verifier: string;
}

/** The address of a realm's OpenID Connect endpoint, e.g. `auth`, `token`, `certs`. */
export function endpointOf(side: Pick<OidcSide, "publicBase" | "realm">, name: string): string {
  return `${side.publicBase}/realms/${encodeURIComponent(side.realm)}/protocol/openid-connect/${name}`;
}

/** Starts a sign-in at `side`'s application client with its broker chosen, so that no page has to be clicked. */
export function authorizationRequest(side: Pick<OidcSide, "publicBase" | "realm" | "clientId" | "redirectUri" | "brokerAlias">): AuthorizationRequest {
  const [state, nonce, verifier] = [random(), random(), random()] as const;
  const url = new URL(endpointOf(side, "auth"));
  url.search = new URLSearchParams({
    client_id: side.clientId,
    response_type: "code",
    scope: "openid",
    redirect_uri: side.redirectUri,
    state,
    nonce,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    kc_idp_hint: side.brokerAlias,
  }).toString();
  return { url: url.href, state, nonce, verifier };
}

const random = (): string => randomBytes(32).toString("base64url");
