import { getSetCookies, type Headers } from "undici";

interface StoredCookie {
  readonly host: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

/**
 * Cookies of one scripted browser visit. Like a browser's jar, it keeps cookies by host and not by port, and sends those whose path
 * fits: two Keycloaks on one host name are told apart by their realm paths alone. Domain cookies are not supported: no cookie reaches another host.
 */
export class CookieJar {
  #cookies: StoredCookie[] = [];

  /** Takes over what an answer sets; a cookie that has expired is removed. */
  store(url: string, headers: Headers): void {
    const { hostname, pathname } = new URL(url);
    for (const cookie of getSetCookies(headers)) {
      const path = cookie.path?.startsWith("/") ? cookie.path : (pathname.slice(0, pathname.lastIndexOf("/")) || "/");
      this.#cookies = this.#cookies.filter((old) => old.host !== hostname || old.path !== path || old.name !== cookie.name);
      const expired = cookie.maxAge !== undefined ? cookie.maxAge <= 0 : cookie.expires !== undefined && new Date(cookie.expires).getTime() <= Date.now();
      if (!expired) this.#cookies.push({ host: hostname, path, name: cookie.name, value: cookie.value });
    }
  }

  /** The Cookie header for a request, longest path first; undefined when no cookie fits. */
  header(url: string): string | undefined {
    const { hostname, pathname } = new URL(url);
    const fitting = this.#cookies
      .filter(({ host, path }) => host === hostname && (pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`)))
      .sort((a, b) => b.path.length - a.path.length);
    return fitting.length > 0 ? fitting.map(({ name, value }) => `${name}=${value}`).join("; ") : undefined;
  }
}
