import { isIP } from "node:net";
import { Agent, buildConnector, fetch } from "undici";
import { originOf, type Trust } from "../tls/trust.ts";
import { CookieJar } from "./cookie-jar.ts";
import { describeError, ProbeError } from "./probe-error.ts";

/** Time limit of one request, milliseconds. */
export const REQUEST_TIMEOUT_MS = 3000;

/** A service's answer, read completely. */
export interface HttpAnswer {
  readonly url: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** One request. */
export interface HttpRequest {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as application/x-www-form-urlencoded. */
  readonly form?: Readonly<Record<string, string>>;
  /** Sent as application/json. */
  readonly json?: unknown;
  readonly cookies?: CookieJar;
  readonly signal?: AbortSignal;
}

/**
 * Another address to dial for an origin, e.g. `{ "https://localhost:8453": "https://dive-spoke-fra-keycloak:8443" }`: a container has to
 * follow a sign-in's public addresses as a browser does, and reaches their servers by other names. Only the connection goes elsewhere: the
 * request, its cookies and the name that the certificate must carry stay those of the public address. Where that is an IP address, which no
 * client may ask for by name (RFC 6066), the certificate must carry the other name.
 */
export type Routes = Readonly<Record<string, string>>;

/** HTTP with a certificate authority of one's own: verification is always on. Redirects are answers, never followed. */
export class HttpClient implements AsyncDisposable {
  readonly #agent: Agent;
  readonly #timeoutMs: number;

  /**
   * @param caCertificates PEM texts of the only authorities trusted, or those by origin; none given: those that Node trusts
   * @param timeoutMs limit of one request, from connecting to the last byte
   * @param routes where to dial instead for an origin
   */
  constructor(caCertificates: readonly string[] | Trust = [], timeoutMs = REQUEST_TIMEOUT_MS, routes: Routes = {}) {
    const connectorOf = (ca: readonly string[]) => buildConnector({ timeout: timeoutMs, ...(ca.length > 0 ? { ca: [...ca] } : {}) });
    const trust = typeof caCertificates === "function" ? caCertificates : () => caCertificates;
    const always = trust === caCertificates ? undefined : connectorOf(trust(""));
    // The public origin says who vouches for it, wherever it is dialled.
    const connect: buildConnector.connector = (options, callback) => (always ?? connectorOf(trust(originOf(options))))(routed(options, routes), callback);
    this.#agent = new Agent({ connect, connectTimeout: timeoutMs });
    this.#timeoutMs = timeoutMs;
  }

  /** @throws ProbeError `unavailable`, or `denied` when the server's certificate is not trusted; any HTTP status is an answer */
  async request(url: string, request: HttpRequest = {}): Promise<HttpAnswer> {
    const limit = AbortSignal.timeout(this.#timeoutMs);
    const method = request.method ?? (request.form ? "POST" : "GET");
    const cookie = request.cookies?.header(new URL(url));
    try {
      const response = await fetch(url, {
        method,
        dispatcher: this.#agent,
        redirect: "manual",
        signal: request.signal ? AbortSignal.any([limit, request.signal]) : limit,
        headers: { ...(request.json === undefined ? {} : { "content-type": "application/json" }), ...request.headers, ...(cookie ? { cookie } : {}) },
        ...(request.form ? { body: new URLSearchParams(request.form) } : {}),
        ...(request.json === undefined ? {} : { body: JSON.stringify(request.json) }),
      });
      const text = await response.text();
      request.cookies?.store(new URL(url), response.headers.getSetCookie());
      return { url, status: response.status, headers: new Map(response.headers), text };
    } catch (error) {
      request.signal?.throwIfAborted();
      if (limit.aborted) throw new ProbeError("unavailable", `${method} ${bare(url)}: no answer within ${this.#timeoutMs / 1000} s`, error);
      throw new ProbeError(isUntrusted(error) ? "denied" : "unavailable", `${method} ${bare(url)}: ${describeError(error)}`, error);
    }
  }

  /** Ends all connections at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }
}

/** Passes an answer with one of the statuses on, and turns every other one into a classified error with the start of its text. */
export function expectStatus(answer: HttpAnswer, statuses: readonly number[] = [200]): HttpAnswer {
  if (statuses.includes(answer.status)) return answer;
  const outage = answer.status >= 500 || answer.status === 429;
  const kind = outage ? "unavailable" : answer.status >= 400 ? "denied" : "not-yet";
  const said = answer.text.trim() === "" || /^\s*</.test(answer.text) ? "" : `: ${answer.text.trim().slice(0, 200)}`;
  throw new ProbeError(kind, `${bare(answer.url)} answered ${answer.status}, expected ${statuses.join(" or ")}${said}`);
}

/** The answer's JSON object. @throws ProbeError `not-yet` when it is none */
export function jsonObject(answer: HttpAnswer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(answer.text);
  } catch (error) {
    throw new ProbeError("not-yet", `${bare(answer.url)} answered ${answer.status} without JSON`, error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ProbeError("not-yet", `${bare(answer.url)} answered ${answer.status} with JSON that is no object`);
  }
  return value as Record<string, unknown>;
}

/** A URL without its query, which may hold codes and states that do not belong in an error. */
export function bare(url: string): string {
  return url.split("?", 1)[0]!;
}

function routed(options: buildConnector.Options, routes: Routes): buildConnector.Options {
  const to = routes[originOf(options)];
  if (to === undefined) return options;
  const { hostname, port } = new URL(to);
  const named = [options.servername, options.hostname, hostname].find((name) => name && isIP(name) === 0);
  return { ...options, servername: named, hostname, host: hostname, port };
}

/** OpenSSL's and Node's codes for a certificate that does not verify. */
function isUntrusted(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = (at as NodeJS.ErrnoException).code ?? "";
    if (/CERT|ERR_TLS|UNABLE_TO_VERIFY|SELF_SIGNED/.test(code)) return true;
  }
  return false;
}
