import { parseCookie } from "undici";

interface Stored {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly path: string;
  readonly secure: boolean;
  readonly expiresAt: number;
}

/**
 * The part of RFC 6265 that a login needs: host-only cookies, paths, Secure, expiry.
 * Cookies ignore ports, as in a browser: two Keycloaks on localhost are kept apart by their realm paths only.
 * A `Domain` attribute is refused rather than half supported.
 */
export class CookieJar {
  readonly #cookies = new Map<string, Stored>();
  readonly #now: () => number;

  /** @param now clock in ms since 1970; tests pass their own */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * Keeps what a response from `url` set; an expired cookie deletes the one with its name, host and path.
   *
   * @param lines the values of its Set-Cookie headers
   * @throws when a line cannot be parsed or has a Domain attribute
   */
  store(url: URL, lines: readonly string[]): void {
    for (const line of lines) {
      const cookie = parseCookie(line);
      if (!cookie) throw new Error(`Set-Cookie from ${url.origin}${url.pathname}: cannot be parsed`);
      if (cookie.domain) throw new Error(`Set-Cookie ${cookie.name} from ${url.origin}: Domain is not supported, got ${cookie.domain}`);
      const path = cookie.path?.startsWith("/") ? cookie.path : defaultPath(url);
      const key = JSON.stringify([cookie.name, url.hostname, path]);
      const expiresAt = this.#expiry(cookie.maxAge, cookie.expires);
      if (expiresAt <= this.#now()) this.#cookies.delete(key);
      else this.#cookies.set(key, { name: cookie.name, value: cookie.value, host: url.hostname, path, secure: cookie.secure ?? false, expiresAt });
    }
  }

  /** The value of the Cookie header for a request to `url`, longest path first; undefined when no cookie fits. */
  header(url: URL): string | undefined {
    const fitting = [...this.#cookies.values()]
      .filter((c) => c.host === url.hostname && pathMatches(c.path, url.pathname))
      .filter((c) => (!c.secure || url.protocol === "https:") && c.expiresAt > this.#now())
      .sort((a, b) => b.path.length - a.path.length);
    return fitting.length === 0 ? undefined : fitting.map((c) => `${c.name}=${c.value}`).join("; ");
  }

  #expiry(maxAge: number | undefined, expires: Date | number | undefined): number {
    if (maxAge !== undefined) return this.#now() + maxAge * 1000;
    return expires === undefined ? Number.POSITIVE_INFINITY : Number(expires);
  }
}

function pathMatches(cookiePath: string, path: string): boolean {
  return path === cookiePath || path.startsWith(cookiePath.endsWith("/") ? cookiePath : `${cookiePath}/`);
}

function defaultPath(url: URL): string {
  const end = url.pathname.lastIndexOf("/");
  return end <= 0 ? "/" : url.pathname.slice(0, end);
}
