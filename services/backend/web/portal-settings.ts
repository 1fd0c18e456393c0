import { createRequire } from "node:module";
import countries from "i18n-iso-countries";

/** A nation as the pages name it. */
export interface Nation {
  readonly code: string;
  /** In English; the code itself for what is no country (TST). */
  readonly name: string;
}

/** What the pages have to know of the instance; nothing of it is secret. */
export interface PortalSettings extends Nation {
  readonly issuer: string;
  readonly clientId: string;
  /** Whose people may sign in here, each through its broker. */
  readonly partners: readonly (Nation & { readonly broker: string })[];
  /** Every member of the federation, in the order of their names. */
  readonly members: readonly Nation[];
  /** Key access services that may be given a token: the own one and the partners'. */
  readonly kas: readonly string[];
}

/** What {@link portalSettings} is made of. */
export interface PortalSources {
  readonly code: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly kasUrl: string;
  readonly partners: readonly { readonly code: string; readonly kasUrl: string }[];
  /** Codes of every member. */
  readonly members: readonly string[];
}

countries.registerLocale(createRequire(import.meta.url)("i18n-iso-countries/langs/en.json") as Parameters<typeof countries.registerLocale>[0]);

/** Makes the settings. Brokers are named after their nations by contract: `<code>-idp`. */
export function portalSettings({ code, issuer, clientId, kasUrl, partners, members }: PortalSources): PortalSettings {
  return {
    ...nation(code), issuer, clientId,
    partners: partners.map((partner) => ({ ...nation(partner.code), broker: `${partner.code.toLowerCase()}-idp` })).sort(byName),
    members: members.map(nation).sort(byName),
    kas: [kasUrl, ...partners.map((partner) => partner.kasUrl)],
  };
}

function nation(code: string): Nation {
  return { code, name: countries.getName(code, "en", { select: "alias" }) ?? code };
}

function byName(a: Nation, b: Nation): number {
  return a.name.localeCompare(b.name, "en");
}
