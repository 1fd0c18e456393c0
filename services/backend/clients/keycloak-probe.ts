import { setTimeout as delay } from "node:timers/promises";
import type { Degradation } from "@dive/common";
import { request, type Dispatcher } from "undici";

/** Addresses that {@link createKeycloakProbe} asks. */
export interface KeycloakProbeOptions {
  /** Base of the server, `https://<host>:8443`. */
  readonly url: string;
  /** Base of the management port, `http://<host>:9000`. */
  readonly managementUrl: string;
  readonly dispatcher: Dispatcher;
  /** How long an address is waited for before the next is asked as well, in milliseconds. Default 1,900: three of them fit in a background check. */
  readonly patienceMs?: number;
}

/**
 * Asks `/health/ready`, then `/health` on the management port, then `/realms/master`: the first 200 is "up". A 503 from a
 * health address is Keycloak's own word that it is not ready and ends the chain; 404 (health not enabled) and no answer
 * lead on to the next. One that is late is still listened to, so that a slow Keycloak is slow and not down.
 * @throws {Error} with what each address said when none answered 200.
 */
export function createKeycloakProbe(options: KeycloakProbeOptions): (signal: AbortSignal) => Promise<void | Degradation> {
  const { url, managementUrl, dispatcher, patienceMs = 1_900 } = options;
  const addresses = [`${managementUrl}/health/ready`, `${managementUrl}/health`, `${url}/realms/master`];
  return async (signal) => {
    const ended = new AbortController();
    const limit = AbortSignal.any([signal, ended.signal]);
    const said = addresses.map(() => "no answer" as number | string);
    const asked: Promise<number | string>[] = [];
    try {
      for (const [index, address] of addresses.entries()) {
        const answer = ask(address, dispatcher, limit).then((status) => (said[index] = status));
        asked.push(answer);
        await Promise.race([answer, anyUp(asked), delay(patienceMs, undefined, { signal: limit })]);
        if (said.includes(200)) return;
        if (said.includes(503)) break;
      }
    } finally {
      ended.abort();
    }
    throw new Error(asked.map((_, index) => `${addresses[index]}: ${said[index]}`).join("; "));
  };
}

/** Resolves when one of them is 200, and never otherwise. */
function anyUp(answers: readonly Promise<number | string>[]): Promise<void> {
  return new Promise((resolve) => {
    for (const answer of answers) void answer.then((status) => status === 200 && resolve());
  });
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
