import { certificates, port, privateKey, readEnvironment, secret, text, url, withDefault } from "@dive/common";

/** The alert receiver's environment; each name may also be given as NAME_FILE, a file that holds the value. */
export const environmentSchema = {
  PORT: port(),
  BIND_ADDRESS: withDefault(text(), "0.0.0.0"),
  LOG_LEVEL: withDefault(text(/^(trace|debug|info|warn|error|fatal|silent)$/, "trace, debug, info, warn, error, fatal or silent"), "info"),
  TLS_CERT: certificates(),
  TLS_KEY: privateKey(),
  CA: certificates(),
  PROMETHEUS_URL: url("http:", "https:"),
  ALERTMANAGER_URL: url("http:", "https:"),
  /** What Alertmanager shows as its bearer token. */
  WEBHOOK_TOKEN: secret(),
  /** Who may read, by HTTP's Basic scheme, and what Prometheus and Alertmanager ask of the receiver's own probes. Default: everybody who reaches the port. */
  LOGIN_USERNAME: withDefault(text(), ""),
  LOGIN_PASSWORD: withDefault(secret(), ""),
} as const;

/** The values that {@link readConfig} yields. */
export type AlertReceiverConfig = ReturnType<typeof readConfig>;

/**
 * Reads the environment once, at start.
 * @throws {ConfigurationError} with one line for each variable that is missing or not usable.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env) {
  return readEnvironment(environmentSchema, env);
}
