import { readFile } from "node:fs/promises";
import { asset, type Asset } from "./assets.ts";
import { ASSET_PATH, assetPathOf, moduleAssets } from "./module-graph.ts";
import type { PortalSettings } from "./portal-settings.ts";

const PAGES = new URL("../pages/", import.meta.url);

/** The pages of an instance, read once at start. */
export interface Pages {
  /** HTML of `/` and of `/status`. */
  readonly portal: Asset;
  readonly status: Asset;
  /** Everything that those need, by path. */
  readonly assets: ReadonlyMap<string, Asset>;
  /** The Content-Security-Policy under which they run. */
  readonly contentSecurityPolicy: string;
}

/** Reads pages, style and modules. @throws {Error} when one is missing, or uses what browsers do not have */
export async function readPages(settings: PortalSettings): Promise<Pages> {
  const entries = ["portal/main.ts", "status/main.ts"].map((path) => new URL(path, PAGES));
  const assets = await moduleAssets(entries);
  for (const [path, type] of [["style.css", "text/css; charset=utf-8"], ["icon.svg", "image/svg+xml"]] as const) {
    const url = new URL(path, PAGES);
    assets.set(assetPathOf(url), asset(type, await readFile(url)));
  }
  const values = { assets: `${ASSET_PATH}/backend/pages`, code: settings.code, name: settings.name, settings: JSON.stringify(settings) };
  const page = async (path: string) => asset("text/html; charset=utf-8", filled(await readFile(new URL(path, PAGES), "utf8"), values));
  return { portal: await page("portal.html"), status: await page("status.html"), assets, contentSecurityPolicy: contentSecurityPolicy(settings) };
}

/** `{{name}}` by its value, as text of an element or of a quoted attribute. @throws {Error} for a name that has none */
export function filled(html: string, values: Readonly<Record<string, string>>): string {
  return html.replaceAll(/\{\{(\w+)\}\}/g, (_whole, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`the page wants {{${name}}}, which has no value`);
    return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
  });
}

/**
 * Scripts and style from here only and none inline; connections to here, to the realm for tokens, and to the federation's key access
 * services; pictures from opened documents. Nobody may frame the page, and no text becomes markup or script.
 */
export function contentSecurityPolicy({ issuer, kas }: Pick<PortalSettings, "issuer" | "kas">): string {
  const others = [...new Set([issuer, ...kas].map((url) => new URL(url).origin))];
  return [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:", `connect-src 'self' ${others.join(" ")}`,
    "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
  ].join("; ");
}
