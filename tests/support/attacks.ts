import { randomUUID } from "node:crypto";
import { createProof, generateDpopKey, type DpopKey } from "@dive/common/dpop";
import { REWRAP_PATH, signRequest, type RewrapRequestBody } from "@dive/common/kas-client";
import { createReceivingKey, type Manifest } from "@dive/common/sealed";
import type { AuditPlace, AuditRecord } from "./audit.ts";
import type { Instance } from "./stack.ts";
import { REQUEST_LIMIT_MS } from "./trust.ts";

/** One attack that was made: what was answered, and what must have been recorded of it. */
export interface Attempt {
  readonly name: string;
  readonly place: AuditPlace;
  readonly requestId: string;
  readonly status: number;
  readonly text: string;
  /** Part of the record; by request id. */
  readonly record: Partial<AuditRecord>;
  readonly expected: number;
}

/** What an attack must lead to. */
export interface Expected {
  readonly name: string;
  readonly status: number;
  readonly record: Readonly<Record<string, unknown>>;
}

/** Sends a request to a service under a request id of its own. */
export async function attack(site: Instance, service: AuditPlace["service"], path: string, init: RequestInit, { name, status: expected, record }: Expected): Promise<Attempt> {
  const requestId = `attack-${randomUUID()}`;
  const base = service === "kas" ? site.kasUrl : site.backendUrl;
  const response = await fetch(`${base}${path}`, { ...init, headers: { ...(init.headers as Record<string, string>), "x-request-id": requestId }, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  return { name: `${name} at the ${service} of ${site.code}`, place: { instance: site.code, service }, requestId, status: response.status, text: await response.text(), record, expected };
}

/** A request to a KAS as `createKasClient` would make it, but for what an attack changes. */
export interface RewrapRequest {
  readonly token: string;
  readonly manifest: Manifest;
  readonly change?: (body: RewrapRequestBody) => unknown;
}

/** Makes it. It can be sent more than once. */
export async function rewrapRequest(site: Instance, { token, manifest, change = (body) => body }: RewrapRequest): Promise<RequestInit> {
  const key: DpopKey = await generateDpopKey();
  const { policy, keyAccess } = manifest.encryptionInformation;
  const receiving = await createReceivingKey("ec:secp256r1");
  const body: RewrapRequestBody = {
    clientPublicKey: receiving.publicKey,
    requests: [{ policy: { id: "policy-0", body: policy }, keyAccessObjects: [{ keyAccessObjectId: "kao-0", keyAccessObject: { ...keyAccess[0] } }] }],
  };
  return {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `DPoP ${token}`, dpop: await createProof(key, { method: "POST", url: `${site.kasUrl}${REWRAP_PATH}`, accessToken: token }) },
    body: JSON.stringify({ signedRequestToken: await signRequest(key, change(body) as RewrapRequestBody) }),
  };
}

/** A request for a key, with one field of its key access object replaced. */
export function withKeyAccess(body: RewrapRequestBody, changed: Readonly<Record<string, unknown>>): RewrapRequestBody {
  const [request] = body.requests;
  const [access] = request!.keyAccessObjects;
  return { ...body, requests: [{ ...request!, keyAccessObjects: [{ ...access!, keyAccessObject: { ...access!.keyAccessObject, ...changed } }] }] };
}
