import { authorizationRequest } from "./authorization-request.ts";
import { walk } from "./browser-walk.ts";
import { CookieJar } from "./cookie-jar.ts";
import { bare, expectStatus, type HttpAnswer, type HttpClient } from "./http.ts";
import { hasLoginForm, pageError } from "./login-page.ts";
import type { OidcSide } from "./oidc-side.ts";
import { ProbeError } from "./probe-error.ts";

/** The realm shows its own login form: it has no broker of that name, or a disabled one. */
export class BrokerMissingError extends ProbeError {
  constructor(side: Pick<OidcSide, "code" | "brokerAlias">) {
    super("not-yet", `${side.code} shows its own login form: it has no enabled broker ${side.brokerAlias}`);
    this.name = "BrokerMissingError";
  }
}

/** The side at which a user signs in. */
type Target = Pick<OidcSide, "code" | "publicBase" | "realm" | "clientId" | "redirectUri" | "brokerAlias">;
/** The side that knows the user. */
type Source = Pick<OidcSide, "code" | "publicBase">;

/**
 * Starts a sign-in at `target`'s application client with its broker chosen, as a browser would, and follows it until the login form of `source`.
 * @returns that page; a sign-in can go on from there with the same cookies
 * @throws BrokerMissingError
 * @throws ProbeError with the text of the error page where it ended otherwise
 */
export async function brokerRedirects(
  http: HttpClient, target: Target, source: Source, { signal, url = authorizationRequest(target).url, cookies = new CookieJar() }: { signal?: AbortSignal | undefined; url?: string; cookies?: CookieJar } = {},
): Promise<HttpAnswer> {
  const end = await walk(http, { url, cookies, origins: originsOf(target, source), redirectUri: target.redirectUri, ...(signal ? { signal } : {}) });
  if ("callback" in end) throw sentBack(target, end.callback);
  return assertLoginForm(end.page, target, source);
}

/** The only two servers that a sign-in between two sides may lead to. */
export function originsOf(target: Pick<OidcSide, "publicBase">, source: Pick<OidcSide, "publicBase">): string[] {
  return [new URL(target.publicBase).origin, new URL(source.publicBase).origin];
}

/** The browser came back to the application where it should not yet, or with an error. */
export function sentBack(target: Pick<OidcSide, "code">, callback: URL): ProbeError {
  const { error, error_description: text } = Object.fromEntries(callback.searchParams);
  return new ProbeError(error === "temporarily_unavailable" ? "unavailable" : "denied", `${target.code} sent the browser back to the application: ${error ?? "without an error"}${text ? ` (${text})` : ""}`);
}

/** The error of a page that is not what was expected, if it says one. */
export function errorPage(page: HttpAnswer, whose: string): ProbeError | undefined {
  const text = pageError(page.text);
  return text === undefined ? undefined : new ProbeError(page.status >= 500 ? "unavailable" : "denied", `${whose} at ${bare(page.url)} answered ${page.status}: ${text}`);
}

function assertLoginForm(page: HttpAnswer, target: Target, source: Source): HttpAnswer {
  const atSource = new URL(page.url).origin === new URL(source.publicBase).origin;
  const whose = atSource ? source.code : target.code;
  if (page.status !== 200 || !page.headers.get("content-type")?.startsWith("text/html") || !hasLoginForm(page.text)) {
    const error = errorPage(page, whose);
    if (error) throw error;
    expectStatus(page);
    throw new ProbeError("not-yet", `${whose} at ${bare(page.url)} answered 200 without a login form`);
  }
  if (!atSource) throw new BrokerMissingError(target);
  return page;
}

