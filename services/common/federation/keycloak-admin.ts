import { expectStatus, jsonObject, type HttpClient } from "./http.ts";
import { ProbeError } from "./probe-error.ts";

/** A client of realm master whose service account administers a Keycloak. */
export interface AdminClient {
  /** Public base without a slash at its end. */
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** A fresh access token by client credentials. @throws ProbeError that names the client and never its secret */
export async function adminToken(http: HttpClient, admin: AdminClient, signal?: AbortSignal): Promise<string> {
  const url = `${admin.url}/realms/master/protocol/openid-connect/token`;
  const form = { grant_type: "client_credentials", client_id: admin.clientId, client_secret: admin.clientSecret };
  const answer = jsonObject(expectStatus(await http.request(url, { form, ...(signal ? { signal } : {}) })));
  if (typeof answer.access_token !== "string") throw new ProbeError("not-yet", `${url}: no access_token for client ${admin.clientId}`);
  return answer.access_token;
}

/** A cache of a realm: its configuration, its users, or its partners' public keys. */
export type RealmCache = "realm" | "user" | "keys";

/** Empties caches of one realm, so that what follows sees the present configuration and partners' present keys. */
export async function clearCaches(http: HttpClient, admin: AdminClient, realm: string, caches: readonly RealmCache[], signal?: AbortSignal): Promise<void> {
  const headers = { authorization: `Bearer ${await adminToken(http, admin, signal)}` };
  for (const cache of caches) {
    const url = `${admin.url}/admin/realms/${encodeURIComponent(realm)}/clear-${cache}-cache`;
    expectStatus(await http.request(url, { method: "POST", headers, ...(signal ? { signal } : {}) }), [200, 204]);
  }
}

/** One sentence on whether a broker exists and is enabled, for explaining a failure. */
export async function describeBroker(http: HttpClient, admin: AdminClient, realm: string, alias: string, signal?: AbortSignal): Promise<string> {
  const headers = { authorization: `Bearer ${await adminToken(http, admin, signal)}` };
  const url = `${admin.url}/admin/realms/${encodeURIComponent(realm)}/identity-provider/instances/${encodeURIComponent(alias)}`;
  const answer = await http.request(url, { headers, ...(signal ? { signal } : {}) });
  if (answer.status === 404) return `realm ${realm} has no identity provider ${alias}`;
  const broker = jsonObject(expectStatus(answer));
  return `identity provider ${alias} of realm ${realm} exists and is ${broker.enabled === true ? "enabled" : "disabled"}`;
}
