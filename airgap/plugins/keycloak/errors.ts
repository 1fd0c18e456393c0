import { STATUS_CODES } from "node:http";

/** What went wrong between the plugin and Keycloak, in one sentence: what was wanted, where, and Keycloak's own words. Holds no secret. */
export class KeycloakError extends Error {
  /** HTTP status of Keycloak's answer; undefined when there was none. */
  readonly status: number | undefined;
  constructor(message: string, status: number | undefined, cause?: unknown) {
    super(message, { cause });
    this.name = "KeycloakError";
    this.status = status;
  }
}

const UNREACHABLE = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EAI_AGAIN", "EHOSTUNREACH", "UND_ERR_SOCKET", "UND_ERR_CONNECT_TIMEOUT"]);

interface Refusal {
  readonly response: { readonly status: number; readonly statusText: string };
  readonly responseData?: unknown;
}

function refusal(error: unknown): Refusal | undefined {
  return error instanceof Error && "response" in error ? (error as unknown as Refusal) : undefined;
}

/** HTTP status of Keycloak's refusal; undefined when the error is none. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof KeycloakError ? error.status : refusal(error)?.response.status;
}

/** Code of the network fault under a failed `fetch`, such as `ECONNREFUSED`. */
export function networkCode(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = "code" in at ? at.code : undefined;
    if (typeof code === "string") return code;
    // Happy eyeballs: localhost may be tried on ::1 and on 127.0.0.1.
    if (at instanceof AggregateError && at.errors.length > 0) return networkCode(at.errors[0]);
  }
  return undefined;
}

/** Whether the request certainly never reached Keycloak, so that even a create may be repeated. */
export function neverArrived(error: unknown): boolean {
  return networkCode(error) === "ECONNREFUSED" || networkCode(error) === "EAI_AGAIN";
}

/** Whether a request that may be done twice is worth repeating: Keycloak is away or restarting. */
export function isPassing(error: unknown): boolean {
  const code = networkCode(error);
  if (code !== undefined && UNREACHABLE.has(code)) return true;
  return [502, 503, 504].includes(statusOf(error) ?? 0);
}

/** Turns whatever a call threw into a {@link KeycloakError}; `secrets` are blotted out should Keycloak repeat one. */
export function explain(error: unknown, what: string, baseUrl: string, timeoutSeconds: number, secrets: readonly string[]): KeycloakError {
  if (error instanceof KeycloakError) return error;
  const refused = refusal(error);
  let why: string;
  // undici's fetch leaves out what the status is called.
  if (refused) why = `${refused.response.status} ${STATUS_CODES[refused.response.status] ?? refused.response.statusText}: ${words(refused.responseData)}`;
  else if (error instanceof Error && error.name === "TimeoutError") why = `no answer within ${timeoutSeconds} s (provider setting clientTimeout)`;
  else why = deepest(error);
  let message = `could not ${what} at Keycloak ${baseUrl}: ${why}`;
  for (const secret of secrets) message = message.replaceAll(secret, "[secret]");
  // The original is kept as cause only where it holds no response, whose headers belong in no log.
  return new KeycloakError(message, refused?.response.status, refused ? undefined : error);
}

function words(data: unknown): string {
  if (typeof data !== "object" || data === null) return typeof data === "string" && data !== "" ? data.slice(0, 300) : "no reason given";
  const { errorMessage, error, error_description, errors, params } = data as Record<string, unknown>;
  const parts = [errorMessage, error, error_description].filter((part) => typeof part === "string" && part !== "");
  if (Array.isArray(errors)) parts.push(...errors.map(words));
  const given = Array.isArray(params) ? ` (${params.filter((param) => typeof param === "string").join(", ")})` : "";
  return parts.length > 0 ? parts.join(", ") + given : "no reason given";
}

function deepest(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  const code = networkCode(error);
  const message = at instanceof Error ? at.message : String(at);
  return code && !message.includes(code) ? `${message || "connection failed"} (${code})` : message;
}
