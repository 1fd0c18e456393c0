/** What a script needs to know of Keycloak's pages. Only ids that themes keep are used; no HTML parser is among the dependencies. */

const ENTITIES: Readonly<Record<string, string>> = { "&quot;": '"', "&#39;": "'", "&lt;": "<", "&gt;": ">", "&amp;": "&" };

/** The address that a page's sign-in form is sent to, absolute; undefined when the page has no such form. */
export function loginFormAction(html: string, pageUrl: string): URL | undefined {
  const tag = /<form\b[^>]*\bid="kc-form-login"[^>]*>/.exec(html)?.[0];
  const action = tag === undefined ? undefined : /\baction="([^"]+)"/.exec(tag)?.[1];
  return action === undefined ? undefined : new URL(decoded(action), pageUrl);
}

/** Whether a page shows the sign-in form. */
export function hasLoginForm(html: string): boolean {
  return /\bid="kc-form-login"/.test(html);
}

/** The message of a Keycloak page (an error page, or a refused password), without markup; undefined when the page has none. */
export function pageError(html: string): string | undefined {
  const found =
    /id="kc-error-message"[^>]*>([\s\S]*?)<\/div>/.exec(html)?.[1] ??
    // Not the container around it, which is there without an error, too.
    /<(\w+)\b[^>]*\bid="input-error-(?!container)[^"]*"[^>]*>([\s\S]*?)<\/\1>/.exec(html)?.[2] ??
    /class="[^"]*\binstruction\b[^"]*"[^>]*>([\s\S]*?)<\/p>/.exec(html)?.[1];
  const text = found === undefined ? "" : decoded(found.replace(/<a [\s\S]*?<\/a>/g, "").replace(/<[^>]+>/g, " ")).replace(/\s+/g, " ").trim();
  return text === "" ? undefined : text;
}

function decoded(text: string): string {
  return text.replace(/&(?:quot|#39|lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
