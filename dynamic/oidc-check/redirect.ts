import { createHash, randomBytes } from "node:crypto";
import { CookieJar } from "../cookie-jar.ts";
import { bare, expectStatus, type HttpAnswer, type HttpClient } from "../http.ts";
import { ProbeError } from "../probe-error.ts";
import type { OidcSide } from "./provider.ts";

/** A brokered sign-in takes three redirects; more than this is a loop. */
const MAX_REDIRECTS = 8;

type Side = Pick<OidcSide, "code" | "publicBase" | "realm" | "clientId" | "redirectUri" | "brokerAlias">;

/**
 * Starts a sign-in at `side`'s application client with its broker chosen, as a browser would, and follows it until the partner's login form.
 * @throws ProbeError with the text of the error page where it ended otherwise
 */
export async function brokerRedirects(http: HttpClient, side: Side, partner: Pick<OidcSide, "code" | "publicBase">, signal?: AbortSignal): Promise<void> {
  const hosts = [new URL(side.publicBase).origin, new URL(partner.publicBase).origin];
  const cookies = new CookieJar();
  let url = authorizationUrl(side);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await http.request(url, { cookies, ...(signal ? { signal } : {}) });
    if (answer.status < 300 || answer.status >= 400) return assertLoginForm(answer, side, partner);
    const location = answer.headers.get("location");
    if (!location) throw new ProbeError("not-yet", `${bare(url)} answered ${answer.status} without a location`);
    const next = new URL(location, url);
    if (next.href.startsWith(side.redirectUri)) {
      const { error, error_description: text } = Object.fromEntries(next.searchParams);
      throw new ProbeError("denied", `${side.code} sent the browser back to the application: ${error ?? "without an error"}${text ? ` (${text})` : ""}`);
    }
    if (!hosts.includes(next.origin)) throw new ProbeError("denied", `${bare(url)} leads to ${next.origin}, expected ${hosts.join(" or ")}`);
    url = next.href;
  }
  throw new ProbeError("denied", `more than ${MAX_REDIRECTS} redirects, the last one to ${bare(url)}`);
}

function authorizationUrl(side: Side): string {
  const url = new URL(`${side.publicBase}/realms/${encodeURIComponent(side.realm)}/protocol/openid-connect/auth`);
  url.search = new URLSearchParams({
    client_id: side.clientId,
    response_type: "code",
    scope: "openid",
    redirect_uri: side.redirectUri,
    state: randomBytes(16).toString("base64url"),
    nonce: randomBytes(16).toString("base64url"),
    // The verifier is thrown away: this sign-in is never finished.
    code_challenge: createHash("sha256").update(randomBytes(32).toString("base64url")).digest("base64url"),
    code_challenge_method: "S256",
    kc_idp_hint: side.brokerAlias,
  }).toString();
  return url.href;
}

function assertLoginForm(answer: HttpAnswer, side: Side, partner: Pick<OidcSide, "code" | "publicBase">): void {
  const atPartner = new URL(answer.url).origin === new URL(partner.publicBase).origin;
  const whose = atPartner ? partner.code : side.code;
  const text = pageError(answer.text);
  if (text) throw new ProbeError(answer.status >= 500 ? "unavailable" : "denied", `${whose} at ${bare(answer.url)} answered ${answer.status}: ${text}`);
  expectStatus(answer);
  if (!answer.headers.get("content-type")?.startsWith("text/html") || !/id="kc-form-login"/.test(answer.text)) {
    throw new ProbeError("not-yet", `${whose} at ${bare(answer.url)} answered 200 without a login form`);
  }
  if (!atPartner) throw new ProbeError("not-yet", `${side.code} shows its own login form: it has no enabled broker ${side.brokerAlias}`);
}

/** The message of a Keycloak error page, without markup; undefined when the page has none. */
export function pageError(html: string): string | undefined {
  const found = /id="kc-error-message"[^>]*>([\s\S]*?)<\/div>/.exec(html)?.[1] ?? /class="[^"]*\binstruction\b[^"]*"[^>]*>([\s\S]*?)<\/p>/.exec(html)?.[1];
  const text = found?.replace(/<a [\s\S]*?<\/a>/g, "").replace(/<[^>]+>/g, " ").replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&").replace(/\s+/g, " ").trim();
  return text === "" ? undefined : text;
}
