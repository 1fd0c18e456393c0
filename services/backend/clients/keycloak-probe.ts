import type { Degradation } from "@dive/common";
import { request, type Dispatcher } from "undici";

/** Addresses that {@link createKeycloakProbe} asks. */
export interface KeycloakProbeOptions {
  /** Base of the server, `https://<host>:8443`. */
  readonly url: string;
  /** Base of the management port, `http://<host>:9000`. */
  readonly managementUrl: string;
  readonly dispatcher: Dispatcher;
  /** Longest wait for each address, in milliseconds. Default 1,900: three of them fit in a background check. */
  readonly timeoutMs?: number;
}

/**
 * Asks `/health/ready`, then `/health` on the management port, then `/realms/master`: the first 200 is "up". A 503 from a
 * health address is Keycloak's own word that it is not ready and ends the chain; 404 (health not enabled) and no answer
 * lead on to the next.
 * @throws {Error} with what each address said when none answered 200.
 */
export function createKeycloakProbe(options: KeycloakProbeOptions): (signal: AbortSignal) => Promise<void | Degradation> {
  const { url, managementUrl, dispatcher, timeoutMs = 1_900 } = options;
  const addresses = [`${managementUrl}/health/ready`, `${managementUrl}/health`, `${url}/realms/master`];
  return async (signal) => {
    const said: string[] = [];
    for (const address of addresses) {
      const answer = await ask(address, dispatcher, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
      if (answer === 200) return;
      said.push(`${address}: ${answer}`);
      if (answer === 503) break;
      signal.throwIfAborted();
    }
    throw new Error(said.join("; "));
  };
}

/** The status, or why there is none. */
async function ask(address: string, dispatcher: Dispatcher, signal: AbortSignal): Promise<number | string> {
  try {
    const response = await request(address, { dispatcher, signal });
    await response.body.dump();
    return response.statusCode;
  } catch (error) {
    return error instanceof Error ? error.message || error.name : String(error);
  }
}
