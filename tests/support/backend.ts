import type { Instance } from "./stack.ts";
import { REQUEST_LIMIT_MS } from "./trust.ts";

/** Status and JSON body of an answer. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Asks the backend of an instance who the bearer of a token is: `GET /api/whoami`. Without a token none is sent. */
export async function whoami(instance: Instance, accessToken?: string): Promise<Answer> {
  const response = await fetch(`${instance.backendUrl}/api/whoami`, {
    headers: accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` },
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** The claims that a federation decides by, out of a token's claims or out of what whoami answered. */
export function federationClaims(of: Record<string, unknown>): Record<string, unknown> {
  const { uniqueID, clearance, countryOfAffiliation, acpCOI } = of;
  return { uniqueID, clearance, countryOfAffiliation, acpCOI };
}
