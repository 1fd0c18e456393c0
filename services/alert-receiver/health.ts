import type { HealthPart, Probe } from "@dive/common";
import { request, type Dispatcher } from "undici";

/** Where a server of the monitoring stack says whether it is ready. */
export interface ReadinessOptions {
  readonly url: string;
  readonly dispatcher: Dispatcher;
  /** Basic login. Default: none. */
  readonly login?: { readonly username: string; readonly password: string };
}

/** Up when `/-/ready` answers 200, as Prometheus and Alertmanager do once their data and configuration are loaded. */
export function readinessProbe({ url, dispatcher, login }: ReadinessOptions): Probe {
  const headers = login === undefined ? {} : { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}` };
  return async (signal) => {
    const { statusCode, body } = await request(`${url}/-/ready`, { dispatcher, headers, signal });
    await body.dump();
    if (statusCode !== 200) throw new Error(`${url}/-/ready answered ${statusCode}`);
    return undefined;
  };
}

/** Both are critical: without one of them no alert arrives. */
export function healthParts(probes: { readonly prometheus: Probe; readonly alertmanager: Probe }): readonly HealthPart[] {
  return [
    { name: "prometheus", critical: true, probe: probes.prometheus },
    { name: "alertmanager", critical: true, probe: probes.alertmanager },
  ];
}
