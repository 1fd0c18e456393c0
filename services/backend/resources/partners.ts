import type { Variable } from "@dive/common";

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
}

/** The environment's list of partners, as JSON. */
export function partnerBackends(): Variable<readonly PartnerBackend[]> {
  return {
    rule: "a JSON list of {code, url, kasUrl, clientName}, each code once, with https URLs",
    parse(raw) {
      const list: unknown = JSON.parse(raw);
      if (!Array.isArray(list) || !list.every(isPartner)) return undefined;
      return new Set(list.map(({ code }) => code)).size === list.length ? list : undefined;
    },
  };
}

function isPartner(value: unknown): value is PartnerBackend {
  const { code, url, kasUrl, clientName } = (value ?? {}) as Partial<Record<keyof PartnerBackend, unknown>>;
  return typeof code === "string" && /^[A-Z]{3}$/.test(code) && isHttps(url) && isHttps(kasUrl) && typeof clientName === "string" && clientName !== "";
}

function isHttps(url: unknown): boolean {
  return typeof url === "string" && new URL(url).protocol === "https:";
}
