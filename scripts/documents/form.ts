/** Where Keycloak's form with this id is sent to, absolute; undefined when the page has none. Only the ids that themes keep are used. */
export function formAction(html: string, id: "kc-form-login" | "kc-otp-login-form", pageUrl: string): string | undefined {
  const tag = new RegExp(`<form\\b[^>]*\\bid="${id}"[^>]*>`).exec(html)?.[0];
  const action = tag === undefined ? undefined : /\baction="([^"]+)"/.exec(tag)?.[1];
  return action === undefined ? undefined : new URL(action.replaceAll("&amp;", "&"), pageUrl).href;
}
