/** The least of a browser that a login form needs: a cookie jar, redirects, and one HTML form. For tests only. */
export class Browser {
  readonly #cookies = new Map<string, { value: string; path: string }>();
  #body = "";
  #url = "";

  /** Opens a page and follows redirects; answers the first address that starts with `until`, undefined when it ended at a page. */
  async open(url: string, until: string, init: RequestInit = {}): Promise<string | undefined> {
    let next: string | undefined = url;
    let options = init;
    for (let hop = 0; next !== undefined; hop++) {
      if (next.startsWith(until)) return next;
      if (hop > 20) throw new Error(`more than 20 redirects, the last to ${next}`);
      this.#url = next;
      const response: Response = await fetch(next, { ...options, redirect: "manual", headers: { cookie: this.#header(new URL(next).pathname) } });
      for (const line of response.headers.getSetCookie()) this.#keep(line);
      this.#body = await response.text();
      const location = response.headers.get("location");
      next = location === null ? undefined : new URL(location, next).href;
      options = {};
    }
    return undefined;
  }

  /** Fills the page's first form and sends it. */
  async submit(fields: Record<string, string>, until: string): Promise<string | undefined> {
    const action = /<form[^>]*action="([^"]+)"/.exec(this.#body)?.[1]?.replaceAll("&amp;", "&");
    if (action === undefined) throw new Error(`no form at ${this.#url}: ${this.text()}`);
    return this.open(new URL(action, this.#url).href, until, { method: "POST", body: new URLSearchParams(fields) });
  }

  /** What the page says, without markup. */
  text(): string {
    const visible = this.#body.replaceAll(/<(script|style)[\s\S]*?<\/\1>/g, "").replaceAll(/<[^>]+>/g, " ");
    return visible.replaceAll(/\s+/g, " ").trim();
  }

  #header(path: string): string {
    const fit = [...this.#cookies].filter(([, cookie]) => path.startsWith(cookie.path));
    return fit.map(([key, { value }]) => `${key.split("|")[0]}=${value}`).join("; ");
  }

  #keep(line: string): void {
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const path = attributes.find((part) => /^path=/i.test(part))?.slice(5) ?? "/";
    const [name = "", ...value] = pair.split("=");
    // Two realms of one host set cookies of the same names on different paths.
    const key = `${name}|${path}`;
    if (attributes.some((part) => /^max-age=0$/i.test(part))) this.#cookies.delete(key);
    else this.#cookies.set(key, { value: value.join("="), path });
  }
}
