import { certificates, port, privateKey, readEnvironment, secret, text, url, wholeNumber, withDefault, type Variable } from "@dive/common";
import { revocationFederation } from "@dive/common/revocation";
import { partnerBackends } from "./resources/partners.ts";

/** Who the partners are: what may change while the service runs, if it is given as files. */
export const federationSchema = {
  REVOCATION_FEDERATION: revocationFederation(),
  // Clients of the own realm whose sessions Keycloak ends here: the application's and the partners' brokers'.
  LOGOUT_CLIENT_IDS: clientIds(),
  // The hub's backend has the blacklist read its users again whenever this changes; empty: not this instance's to do.
  BLACKLIST_USERS_REVISION: withDefault(text(/^[0-9a-f]{64}$/, "a SHA-256 in hexadecimal digits"), ""),
  // Whose resources are fetched from their backends, and who may fetch from here.
  FEDERATION_PARTNERS: withDefault(partnerBackends(), []),
} as const;

/** The backend's environment; each name may also be given as NAME_FILE, a file that holds the value. */
export const environmentSchema = {
  INSTANCE_CODE: text(/^[A-Z]{3}$/, "three capital letters, the code of the instance (USA)"),
  PORT: port(),
  // For partners' backends alone, which must show a client certificate.
  EXCHANGE_PORT: port(),
  BIND_ADDRESS: withDefault(text(), "0.0.0.0"),
  LOG_LEVEL: withDefault(text(/^(trace|debug|info|warn|error|fatal|silent)$/, "trace, debug, info, warn, error, fatal or silent"), "info"),
  TLS_CERT: certificates(),
  TLS_KEY: privateKey(),
  CA: certificates(),
  CLIENT_CERT: certificates(),
  CLIENT_KEY: privateKey(),
  PUBLIC_URL: url("https:"),
  OIDC_ISSUER: url("https:"),
  OIDC_JWKS_URL: url("https:"),
  // The application's client of the own realm, at which partners' users sign in.
  OIDC_CLIENT_ID: text(),
  // The name under which the realm knows this backend: audience of its tokens, and the client as which it asks about tokens.
  OIDC_AUDIENCE: withDefault(text(), "dive-v3-backend"),
  OIDC_INTROSPECTION_URL: url("https:"),
  OIDC_INTROSPECTION_SECRET: secret(),
  KEYCLOAK_URL: url("https:"),
  // The management port is reachable inside the instance's network only, without TLS.
  KEYCLOAK_MANAGEMENT_URL: url("http:", "https:"),
  MONGODB_URL: url("mongodb:"),
  OPA_URL: url("https:"),
  // The instance's KAS: where it is, and what sealed objects name.
  KAS_URL: url("https:"),
  KAS_PUBLIC_URL: url("https:"),
  REDIS_URL: url("rediss:"),
  REDIS_PASSWORD: secret(),
  BLACKLIST_REDIS_URL: url("rediss:"),
  REDIS_PASSWORD_BLACKLIST: secret(),
  // Authority of the blacklist's certificate; empty: ours.
  BLACKLIST_CA: withDefault(certificates(), ""),
  // The own instance's database of breakers and links, as its service role; the user is part of the URL.
  ORCHESTRATION_DATABASE_URL: url("postgresql:"),
  ORCHESTRATION_DATABASE_PASSWORD: secret(),
  FEDERATION_PROBE_USERNAME: text(),
  FEDERATION_PROBE_PASSWORD: secret(),
  // Seconds between two rounds over the own brokers, and between two real sign-ins at a partner.
  FEDERATION_PROBE_INTERVAL_S: withDefault(wholeNumber(1, 30), 30),
  FEDERATION_VERIFICATION_INTERVAL_S: withDefault(wholeNumber(1, 86_400), 300),
  ...federationSchema,
  // Requests of one person in a minute.
  RATE_LIMIT_PER_MINUTE: withDefault(wholeNumber(1, 1_000_000), 6_000),
} as const;

/** The values that {@link readConfig} yields. */
export type BackendConfig = ReturnType<typeof readConfig>;

/**
 * Reads the environment once, at start.
 * @throws {ConfigurationError} with one line for each variable that is missing or not usable.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env) {
  return readEnvironment(environmentSchema, env);
}

function clientIds(): Variable<readonly string[]> {
  return {
    rule: "a JSON list of at least one client id",
    parse(raw) {
      const list: unknown = JSON.parse(raw);
      return Array.isArray(list) && list.length > 0 && list.every((id) => typeof id === "string" && id !== "") ? (list as string[]) : undefined;
    },
  };
}
