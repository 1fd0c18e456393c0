import { request, type Dispatcher } from "undici";

/** Tells which alerts Alertmanager holds now, by fingerprint: those that fire, held back or not. @throws when it does not say */
export type CurrentAlerts = () => Promise<ReadonlySet<string>>;

/** Where to ask. */
export interface CurrentAlertsOptions {
  /** Base of Alertmanager, without a slash at its end. */
  readonly url: string;
  readonly dispatcher: Dispatcher;
  /** Basic login. Default: none. */
  readonly login?: { readonly username: string; readonly password: string };
}

/** Longest wait for Alertmanager, in ms. */
const LIMIT_MS = 3_000;

/** Asks Alertmanager. It never tells the end of an alert that is held back when it ends, so what was told last is not enough to know what fires. */
export function currentAlerts({ url, dispatcher, login }: CurrentAlertsOptions): CurrentAlerts {
  const headers = login === undefined ? {} : { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}` };
  return async () => {
    const { statusCode, body } = await request(`${url}/api/v2/alerts`, { dispatcher, headers, signal: AbortSignal.timeout(LIMIT_MS) });
    if (statusCode !== 200) {
      await body.dump();
      throw new Error(`${url}/api/v2/alerts answered ${statusCode}`);
    }
    return new Set(((await body.json()) as { fingerprint: string }[]).map(({ fingerprint }) => fingerprint));
  };
}
