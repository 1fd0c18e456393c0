import { certificates, port, privateKey, readEnvironment, secret, text, url, withDefault, type Variable } from "@dive/common";
import { revocationFederation } from "@dive/common/revocation";
import { parseTrustedIssuers, type TrustedIssuer } from "./identity/trusted-issuers.ts";
import { parseKeyset, type Keyset } from "./keys/keyset.ts";

/** Who the partners are: what may change while the service runs, if it is given as files. */
export const federationSchema = {
  TRUSTED_ISSUERS: trustedIssuers(),
  REVOCATION_FEDERATION: revocationFederation(),
  ALLOWED_ORIGINS: origins(),
} as const;

/** The KAS's environment; each name may also be given as NAME_FILE, a file that holds the value. */
export const environmentSchema = {
  INSTANCE_CODE: text(/^[A-Z]{3}$/, "three capital letters, the code of the instance (USA)"),
  PORT: port(),
  BIND_ADDRESS: withDefault(text(), "0.0.0.0"),
  LOG_LEVEL: withDefault(text(/^(trace|debug|info|warn|error|fatal|silent)$/, "trace, debug, info, warn, error, fatal or silent"), "info"),
  TLS_CERT: certificates(),
  TLS_KEY: privateKey(),
  CA: certificates(),
  CLIENT_CERT: certificates(),
  CLIENT_KEY: privateKey(),
  /** What callers write into their proofs, and what key access objects name. */
  PUBLIC_URL: url("https:"),
  KEYSET: keyset(),
  OIDC_AUDIENCE: withDefault(text(), "dive-v3-backend"),
  MONGODB_URL: url("mongodb:"),
  OPA_URL: url("https:"),
  REDIS_URL: url("rediss:"),
  REDIS_PASSWORD: secret(),
  /** The hub's, as the own instance's user. */
  BLACKLIST_REDIS_URL: url("rediss:"),
  REDIS_PASSWORD_BLACKLIST: secret(),
  // Authority of the blacklist's certificate; empty: ours.
  BLACKLIST_CA: withDefault(certificates(), ""),
  ...federationSchema,
  RATE_LIMIT_PER_MINUTE: withDefault(positive(), 600),
} as const;

/** The values that {@link readConfig} yields. */
export type KasConfig = ReturnType<typeof readConfig>;

/**
 * Reads the environment once, at start.
 * @throws {ConfigurationError} with one line for each variable that is missing or not usable.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env) {
  return readEnvironment(environmentSchema, env);
}

function keyset(): Variable<Keyset> {
  const rule = 'a JSON object {"keys": [{kid, algorithm, generation, privateKey}]} with keys of rsa:2048 and ec:secp256r1, each kid and each generation of an algorithm once';
  return { rule, secret: true, parse: parseKeyset };
}

function trustedIssuers(): Variable<readonly TrustedIssuer[]> {
  return { rule: "a JSON list of at least one {issuer, jwksUrl, country, countries?, ca?}, each issuer once, with https URLs", parse: parseTrustedIssuers };
}

function origins(): Variable<readonly string[]> {
  return {
    rule: "a JSON list of origins (https://localhost:4000), * not among them",
    parse(raw) {
      const list: unknown = JSON.parse(raw);
      const isOrigin = (entry: unknown) => typeof entry === "string" && new URL(entry).origin === entry && entry.startsWith("https://");
      return Array.isArray(list) && list.every(isOrigin) ? (list as string[]) : undefined;
    },
  };
}

function positive(): Variable<number> {
  return { rule: "a whole number from 1", parse: (raw) => (/^[1-9]\d{0,8}$/.test(raw) ? Number(raw) : undefined) };
}
