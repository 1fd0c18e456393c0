import { request, type Dispatcher } from "undici";
import type { Degradation } from "../health/types.ts";

/**
 * A KAS's own word on its health, for the health of whoever needs it: `GET <url>/health`. Healthy is up, degraded is
 * degraded.
 * @throws {Error} when it does not answer, or is unhealthy
 */
export function createKasProbe(url: string, dispatcher: Dispatcher): (signal: AbortSignal) => Promise<void | Degradation> {
  return async (signal) => {
    const response = await request(`${url}/health`, { dispatcher, signal });
    const { status } = (await response.body.json()) as { status?: unknown };
    if (response.statusCode !== 200) throw new Error(`${url}/health answered ${response.statusCode} ${String(status)}`);
    return status === "healthy" ? undefined : { degraded: `the KAS says it is ${String(status)}` };
  };
}
