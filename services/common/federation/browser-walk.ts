import type { CookieJar } from "./cookie-jar.ts";
import { bare, type HttpAnswer, type HttpClient } from "./http.ts";
import { ProbeError } from "./probe-error.ts";

/** A brokered sign-in takes six redirects; more than this is a loop. */
const MAX_REDIRECTS = 12;

/** Where a walk starts, and where it may go. */
export interface Walk {
  readonly url: string;
  /** Sent with the first request. */
  readonly form?: Readonly<Record<string, string>>;
  readonly cookies: CookieJar;
  /** The only origins that are asked. */
  readonly origins: readonly string[];
  /** The application's address: the walk ends there, and it is never called. */
  readonly redirectUri: string;
  readonly signal?: AbortSignal;
}

/** Where it ended: at a page, or on the way back to the application. */
export type WalkEnd = { readonly page: HttpAnswer } | { readonly callback: URL };

/**
 * Follows redirects as a browser does.
 * @throws ProbeError when they lead elsewhere, nowhere or round in circles
 */
export async function walk(http: HttpClient, { url: start, form, cookies, origins, redirectUri, signal }: Walk): Promise<WalkEnd> {
  let url = start;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await http.request(url, { cookies, ...(form && redirects === 0 ? { form } : {}), ...(signal ? { signal } : {}) });
    if (answer.status < 300 || answer.status >= 400) return { page: answer };
    const location = answer.headers.get("location");
    if (!location) throw new ProbeError("not-yet", `${bare(url)} answered ${answer.status} without a location`);
    const next = new URL(location, url);
    if (bare(next.href) === redirectUri) return { callback: next };
    if (!origins.includes(next.origin)) throw new ProbeError("denied", `${bare(url)} leads to ${next.origin}, expected ${origins.join(" or ")}`);
    url = next.href;
  }
  throw new ProbeError("denied", `more than ${MAX_REDIRECTS} redirects, the last one to ${bare(url)}`);
}
