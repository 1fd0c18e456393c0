/** What this package needs of a logger: pino's and fastify's fit. First the facts, then what happened. */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

/** Settings of {@link loggerOptions}. */
export interface LoggerSettings {
  /** Name of the service, in each line ("backend"). */
  readonly service: string;
  /** Code of the instance, in each line ("USA"). */
  readonly instance: string;
  /** Lowest level that is written: trace, debug, info, warn, error, fatal or silent. */
  readonly level: string;
}

/** Names under which tokens, passwords and keys travel; replaced at the top level and two levels down. */
const SENSITIVE = [
  "authorization", "cookie", "set-cookie", "dpop", "token", "access_token", "refresh_token", "id_token", "client_assertion",
  "client_secret", "code", "code_verifier", "password", "secret", "key", "privateKey",
] as const;

/**
 * pino options for fastify's `logger`: JSON lines with service and instance, times in ISO 8601, and nothing that
 * could be replayed. The request line holds the path only, because a query can carry a token or a login code.
 */
export function loggerOptions({ service, instance, level }: LoggerSettings) {
  return {
    level,
    base: { service, instance },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: { paths: redactedPaths(), censor: "[redacted]" },
    serializers: {
      req: (request: { method: string; url: string; ip?: string }) => ({
        method: request.method,
        path: request.url.split("?", 1)[0],
        ip: request.ip,
      }),
    },
  };
}

function redactedPaths(): string[] {
  return SENSITIVE.flatMap((name) => {
    const quoted = `["${name}"]`;
    // "code" at the top level is an error code, which is what one searches logs for.
    return name === "code" ? [`*.*${quoted}`] : [quoted, `*${quoted}`, `*.*${quoted}`];
  });
}
