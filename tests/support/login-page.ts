/** A form that waits for user name and password, or for a one-time code. */
export interface LoginForm {
  /** Where to post to, absolute. */
  readonly action: URL;
}

/** What a page of Keycloak says: the login form, brokers to choose from, its message, its title. */
export interface LoginPage {
  readonly form: LoginForm | undefined;
  /** The form for the one-time code. */
  readonly codeForm: LoginForm | undefined;
  /** Links to the identity providers on offer, by alias. */
  readonly brokers: ReadonlyMap<string, URL>;
  /** The text of an error or of a refused input; undefined when there is none. */
  readonly message: string | undefined;
  readonly title: string;
}

/**
 * Reads a page of Keycloak's login theme. Only the ids that themes keep are used (`kc-form-login`, `kc-otp-login-form`,
 * `social-<alias>`, `kc-error-message`, `input-error*`) and the feedback text; no HTML parser is among the dependencies.
 *
 * @param html the page
 * @param base its address, for relative links
 */
export function readLoginPage(html: string, base: URL): LoginPage {
  const form = (id: RegExp): LoginForm | undefined => {
    const action = attribute(tagWith(html, "form", "id", id)[0], "action");
    return action ? { action: new URL(action, base) } : undefined;
  };
  const brokers = tagWith(html, "a", "id", /^social-.+$/).flatMap((tag): [string, URL][] => {
    const href = attribute(tag, "href");
    return href ? [[attribute(tag, "id")!.slice("social-".length), new URL(href, base)]] : [];
  });
  return {
    form: form(/^kc-form-login$/),
    codeForm: form(/^kc-otp-login-form$/),
    brokers: new Map(brokers),
    message: message(html),
    title: text(/<title>(.*?)<\/title>/s.exec(html)?.[1] ?? ""),
  };
}

const MESSAGES = [
  /<(\w+)[^>]*\sid="kc-error-message"[^>]*>(.*?)<\/\1>/s,
  /<(\w+)[^>]*\sid="input-error[^"]*"[^>]*>(.*?)<\/\1>/s,
  /<(\w+)[^>]*\sclass="[^"]*kc-feedback-text[^"]*"[^>]*>(.*?)<\/\1>/s,
];

function message(html: string): string | undefined {
  for (const pattern of MESSAGES) {
    const found = text(pattern.exec(html)?.[2] ?? "");
    if (found) return found;
  }
  return undefined;
}

function tagWith(html: string, tag: string, name: string, value: RegExp): string[] {
  const tags = html.match(new RegExp(`<${tag}\\s[^>]*>`, "g")) ?? [];
  return tags.filter((t) => value.test(attribute(t, name) ?? ""));
}

function attribute(tag: string | undefined, name: string): string | undefined {
  const found = tag && new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
  return found === undefined ? undefined : decode(found);
}

function text(html: string): string {
  return decode(html.replace(/<[^>]*>/g, " ")).replace(/\s+/g, " ").trim();
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

function decode(value: string): string {
  return value.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    return ENTITIES[name!] ?? whole;
  });
}
