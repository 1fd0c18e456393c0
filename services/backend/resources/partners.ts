import { splitCertificates, type Variable } from "@dive/common";

/** A partner's backend. */
export interface PartnerBackend {
  /** Code of its instance. */
  readonly code: string;
  /** Where this backend reaches it. */
  readonly url: string;
  /** Public base of its key access service, which people's browsers call. */
  readonly kasUrl: string;
  /** Common name of the client certificate by which it is known. */
  readonly clientName: string;
  /** Authority of its certificates, PEM. Default: ours. */
  readonly ca?: string;
}

/** The environment's list of partners, as JSON. */
export function partnerBackends(): Variable<readonly PartnerBackend[]> {
  return {
    rule: "a JSON list of {code, url, kasUrl, clientName, ca?}, each code once, with https URLs",
    parse(raw) {
      const list: unknown = JSON.parse(raw);
      if (!Array.isArray(list) || !list.every(isPartner)) return undefined;
      return new Set(list.map(({ code }) => code)).size === list.length ? list : undefined;
    },
  };
}

function isPartner(value: unknown): value is PartnerBackend {
  const { code, url, kasUrl, clientName, ca } = (value ?? {}) as Partial<Record<keyof PartnerBackend, unknown>>;
  return typeof code === "string" && /^[A-Z]{3}$/.test(code) && isHttps(url) && isHttps(kasUrl) && typeof clientName === "string" && clientName !== "" && (ca === undefined || isOneCertificate(ca));
}

function isHttps(url: unknown): boolean {
  return typeof url === "string" && new URL(url).protocol === "https:";
}

function isOneCertificate(ca: unknown): boolean {
  return typeof ca === "string" && splitCertificates(ca).length === 1;
}

/** The authority of a partner's certificates; ours (`own`) for whoever has none of its own, and for whoever is no partner. */
export function authorityOf(partner: Pick<PartnerBackend, "ca"> | undefined, own: readonly string[]): readonly string[] {
  return partner?.ca === undefined ? own : [partner.ca];
}

/** Everybody who may sign a client certificate that the exchange looks at: ours, and partners' own authorities. */
export function exchangeAuthorities(partners: readonly PartnerBackend[], own: readonly string[]): string[] {
  return [...new Set([...own, ...partners.flatMap(({ ca }) => ca ?? [])])];
}
