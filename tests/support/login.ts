import { decodeJwt } from "jose";
import type { JWTPayload } from "jose";
import { authorizationRequest, redeem } from "./authorization-code.ts";
import type { App, AuthorizationRequest, Tokens } from "./authorization-code.ts";
import { CookieJar } from "@dive/common/federation";
import { readLoginPage } from "./login-page.ts";
import type { LoginPage } from "./login-page.ts";
import { freshCode } from "./one-time-code.ts";
import { REQUEST_LIMIT_MS } from "./trust.ts";

/** More redirects and pages than any login has; reaching it means a loop. */
const MAX_STEPS = 20;

/** Who signs in where. */
export interface LoginRequest {
  /** The app client at which the user signs in. */
  readonly site: App;
  /** Alias of the broker to choose on its login page; without it the site's own form is used. */
  readonly via?: string;
  readonly username: string;
  readonly password: string;
  /** `otpauth://` URI of the second factor. Without it the login ends where a code is asked for. */
  readonly totp?: string;
  /** The authentication that the app asks for (`acr_values`), e.g. `2`. */
  readonly acr?: string;
  /** The browser: cookies of an earlier login, if it is to be found again. */
  readonly jar?: CookieJar;
}

/** A finished login. */
export interface LoggedIn extends Tokens {
  readonly claims: JWTPayload;
  /** The browser with its sessions. */
  readonly jar: CookieJar;
  /** Each request as `<status> <method> <address without its query>`. */
  readonly steps: readonly string[];
}

/** A login that ended elsewhere than at the app: what the last page said, and the way there. */
export class LoginError extends Error {
  override readonly name = "LoginError";
  readonly steps: readonly string[];

  constructor(message: string, steps: readonly string[]) {
    super(`${message}\n  ${steps.join("\n  ")}`);
    this.steps = steps;
  }
}

/**
 * Signs in as a browser does, by plain HTTP: authorization code with PKCE, redirects and cookies by hand,
 * the broker's link on the login page, the form, then the code for tokens.
 * `fetch` must trust the CA beforehand (`trustOnly`).
 *
 * @throws LoginError with Keycloak's own message: wrong password, error page, missing broker, unexpected page
 */
export async function login({ site, acr, jar = new CookieJar(), ...user }: LoginRequest): Promise<LoggedIn> {
  const steps: string[] = [];
  const request = await authorizationRequest(site, acr);
  const callback = await walk(request, user, jar, steps);
  const tokens = await redeem(request, callback);
  return { ...tokens, claims: decodeJwt(tokens.accessToken), jar, steps };
}

type User = Pick<LoginRequest, "via" | "username" | "password" | "totp">;

async function walk(request: AuthorizationRequest, { via, username, password, totp }: User, jar: CookieJar, steps: string[]): Promise<URL> {
  let next: Step = { url: request.url };
  let chosen = via === undefined;
  let submitted = false;
  let code = totp;
  while (steps.length < MAX_STEPS) {
    const { status, location, html } = await send(next, jar, steps);
    if (location) {
      next = { url: new URL(location, next.url) };
      if (next.url.href.startsWith(`${request.redirectUri}?`)) return next.url;
      continue;
    }
    const page = readLoginPage(html, next.url);
    if (status !== 200) throw new LoginError(`HTTP ${status}: ${page.message ?? (page.title || html.slice(0, 200))}`, steps);
    if (!chosen) {
      next = { url: brokerLink(page, via!, steps) };
      chosen = true;
    } else if (page.form && !submitted) {
      next = { url: page.form.action, form: new URLSearchParams({ username, password, credentialId: "" }) };
      submitted = true;
    } else if (page.codeForm && code !== undefined) {
      next = { url: page.codeForm.action, form: new URLSearchParams({ otp: await freshCode(code) }) };
      code = undefined;
      submitted = true;
    } else {
      throw new LoginError(page.message ?? `unexpected page "${page.title}" ${submitted ? "after" : "instead of"} the login form`, steps);
    }
  }
  throw new LoginError(`no end after ${MAX_STEPS} requests`, steps);
}

interface Step {
  readonly url: URL;
  readonly form?: URLSearchParams;
}

interface Answer {
  readonly status: number;
  readonly location: string | null;
  readonly html: string;
}

async function send({ url, form }: Step, jar: CookieJar, steps: string[]): Promise<Answer> {
  const cookie = jar.header(url);
  const response = await fetch(url, {
    method: form ? "POST" : "GET",
    redirect: "manual",
    headers: { accept: "text/html", ...(cookie && { cookie }) },
    ...(form && { body: form }),
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
  jar.store(url, response.headers.getSetCookie());
  steps.push(`${response.status} ${form ? "POST" : "GET"} ${url.origin}${url.pathname}`);
  return { status: response.status, location: response.headers.get("location"), html: await response.text() };
}

function brokerLink(page: LoginPage, via: string, steps: string[]): URL {
  const link = page.brokers.get(via);
  if (link) return link;
  const offered = [...page.brokers.keys()].join(", ") || "none";
  throw new LoginError(`broker ${via} is not on the login page; it offers: ${offered}`, steps);
}
