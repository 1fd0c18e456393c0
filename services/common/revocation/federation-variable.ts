import type { Variable } from "../index.ts";
import type { Federation, Origin } from "./authority.ts";

/** REVOCATION_FEDERATION: who writes to the blacklist, as one JSON text that is the same in every instance. */
export function revocationFederation(): Variable<Omit<Federation, "own">> {
  return {
    rule: 'a JSON object {"hub": "usa", "origins": [{"origin": "usa", "issuer": "https://..."}]}: codes of three small letters, each origin and issuer once, the hub among them',
    parse(raw) {
      const { hub, origins } = (JSON.parse(raw) ?? {}) as { hub?: unknown; origins?: unknown };
      if (!Array.isArray(origins) || !origins.every(isOrigin)) return undefined;
      if (new Set(origins.map(({ origin }) => origin)).size < origins.length || new Set(origins.map(({ issuer }) => issuer)).size < origins.length) return undefined;
      return typeof hub === "string" && origins.some(({ origin }) => origin === hub) ? { hub, origins } : undefined;
    },
  };
}

function isOrigin(value: unknown): value is Origin {
  const { origin, issuer } = (value ?? {}) as { origin?: unknown; issuer?: unknown };
  return typeof origin === "string" && /^[a-z]{3}$/.test(origin) && typeof issuer === "string" && issuer.startsWith("https://") && URL.canParse(issuer);
}
