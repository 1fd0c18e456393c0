import type { PortalSettings } from "../../web/portal-settings.ts";

/** The instance's settings, which the server puts into each page. @throws {Error} when they are not there */
export function readSettings(): PortalSettings {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="dive-settings"]');
  if (meta === null) throw new Error("the page has no settings");
  return JSON.parse(meta.content) as PortalSettings;
}
