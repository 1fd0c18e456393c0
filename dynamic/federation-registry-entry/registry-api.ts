import { exponentialDelays, expectStatus, HttpClient, jsonObject, ProbeError, retry, type Clock, type HttpRequest } from "@dive/common/federation";
import type { FederationRegistryEntryInputs, SpokeDescriptor } from "./provider.ts";

/** Hard end of one call with all its repetitions, milliseconds. */
const DEADLINE_MS = 60_000;

type Access = Pick<FederationRegistryEntryInputs, "backendUrl" | "issuer" | "clientId" | "clientSecret" | "caCertificate" | "code">;

/** Registers a spoke or renews it. */
export async function putSpoke(inputs: FederationRegistryEntryInputs, clock?: Clock): Promise<void> {
  await call(inputs, { method: "PUT", json: inputs.spoke }, [204], clock);
}

/** Takes a spoke away; one that is not there is fine. */
export async function removeSpoke(inputs: Access, clock?: Clock): Promise<void> {
  await call(inputs, { method: "DELETE" }, [204, 404], clock);
}

/** The spoke as it is registered; undefined when it is not. */
export async function findSpoke({ backendUrl, caCertificate, code }: Access): Promise<Partial<SpokeDescriptor> | undefined> {
  await using http = new HttpClient([caCertificate]);
  const url = `${backendUrl}/api/federation/status`;
  const { spokes } = jsonObject(expectStatus(await http.request(url)));
  if (!Array.isArray(spokes)) throw new ProbeError("unavailable", `${url}: the backend cannot reach its registry`);
  return (spokes as (Partial<SpokeDescriptor> & { code: string })[]).find((spoke) => spoke.code === code);
}

/** Signs in as the service account and calls; repeated while something is unavailable, not when it was refused. */
async function call(inputs: Access, request: HttpRequest, statuses: readonly number[], clock: Clock | undefined): Promise<void> {
  const { backendUrl, issuer, clientId, clientSecret, caCertificate, code } = inputs;
  await using http = new HttpClient([caCertificate]);
  await retry(async (signal) => {
    const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
    const token = jsonObject(expectStatus(await http.request(`${issuer}/protocol/openid-connect/token`, { form, signal })));
    const headers = { authorization: `Bearer ${String(token.access_token)}` };
    expectStatus(await http.request(`${backendUrl}/api/federation/spokes/${encodeURIComponent(code)}`, { ...request, headers, signal }), statuses);
  }, {
    delaysMs: exponentialDelays(100, 2000),
    deadlineMs: DEADLINE_MS,
    // A backend may know the realm's keys only from before they changed, so that a token is refused for a moment.
    retryable: (error) => !(error instanceof ProbeError && error.kind === "denied") || /answered 401/.test(error.message),
    ...(clock ? { clock } : {}),
  });
}
