import { generateDpopKey } from "@dive/common/dpop";
import { createKasClient, KasError, type Fetch } from "@dive/common/kas-client";
import { readContainer, unseal, type Manifest } from "@dive/common/sealed";
import { containerOf, runInService } from "./containers.ts";
import type { LoggedIn } from "./login.ts";
import type { Instance } from "./stack.ts";
import { REQUEST_LIMIT_MS } from "./trust.ts";

/** Fields of a label as the upload takes them. */
export interface LabelFields {
  readonly classification: string;
  readonly releasabilityTo: readonly string[];
  readonly creationDate?: string;
}

/** Status and JSON body of an answer, and the id under which its audit record is found. */
export interface ApiAnswer {
  readonly status: number;
  readonly requestId: string;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Calls an address of a service as the bearer of a token. */
export async function call(base: string, path: string, { accessToken }: Pick<LoggedIn, "accessToken">, init: RequestInit = {}): Promise<ApiAnswer> {
  const response = await fetch(`${base}${path}`, { signal: AbortSignal.timeout(REQUEST_LIMIT_MS), ...init, headers: { authorization: `Bearer ${accessToken}`, ...init.headers } });
  const text = await response.text();
  return { status: response.status, requestId: response.headers.get("x-request-id") ?? "", headers: response.headers, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

/** The form of an upload, the file last. */
export function uploadForm(title: string, { classification, releasabilityTo, creationDate }: LabelFields, content: string | Uint8Array<ArrayBuffer>): FormData {
  const form = new FormData();
  form.set("title", title);
  form.set("classification", classification);
  for (const code of releasabilityTo) form.append("releasabilityTo[]", code);
  if (creationDate !== undefined) form.set("creationDate", creationDate);
  form.set("file", new Blob([content], { type: "text/plain" }), "file.txt");
  return form;
}

/** Uploads a document. @returns its id @throws unless it was stored */
export async function upload(site: Instance, who: LoggedIn, title: string, label: LabelFields, content: string | Uint8Array<ArrayBuffer> = title): Promise<string> {
  const { status, body } = await call(site.backendUrl, "/api/upload", who, { method: "POST", body: uploadForm(title, label, content) });
  if (status !== 201) throw new Error(`upload of "${title}" to ${site.code} answered ${status}: ${JSON.stringify(body)}`);
  return body["resourceId"] as string;
}

/** What a download gave: the manifest and the encrypted content, or the refusal. */
export type Download = { readonly status: 200; readonly manifest: Manifest; readonly payload: Uint8Array } | { readonly status: number; readonly reason: unknown; readonly requestId: string };

/** Downloads the sealed object. */
export async function download(site: Instance, who: LoggedIn, id: string, headers: Record<string, string> = {}): Promise<Download> {
  const response = await fetch(`${site.backendUrl}/api/resources/${id}/download`, { headers: { authorization: `Bearer ${who.accessToken}`, ...headers }, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
  if (response.status !== 200) {
    const body = (await response.json()) as Record<string, unknown>;
    return { status: response.status, reason: body["reason"] ?? body["code"], requestId: response.headers.get("x-request-id") ?? "" };
  }
  const { manifest, payload } = await readContainer(new Uint8Array(await response.arrayBuffer()));
  const pieces: Uint8Array[] = [];
  for await (const piece of payload) pieces.push(piece);
  return { status: 200, manifest, payload: Buffer.concat(pieces) };
}

/** Downloads it. @throws when it was refused */
export async function sealed(site: Instance, who: LoggedIn, id: string): Promise<{ readonly manifest: Manifest; readonly payload: Uint8Array }> {
  const got = await download(site, who, id);
  if (!("manifest" in got)) throw new Error(`download of ${id} at ${site.code} answered ${got.status}: ${String(got.reason)}`);
  return got;
}

/**
 * Opens a sealed object with a key that the bearer of a token asks of the KAS that it names.
 * @returns the content, or the status of the KAS that gave no key
 */
export async function openSealed({ manifest, payload }: { readonly manifest: Manifest; readonly payload: Uint8Array }, { accessToken }: LoggedIn, kases: readonly Instance[], fetch?: Fetch): Promise<string | number> {
  const client = createKasClient({ allowed: kases.map(({ kasUrl }) => kasUrl), key: await generateDpopKey(), accessToken, ...(fetch && { fetch }) });
  try {
    const { plaintext } = await unseal(manifest, payload, { rewrap: client.rewrap });
    const pieces: Uint8Array[] = [];
    for await (const piece of plaintext) pieces.push(piece);
    return Buffer.concat(pieces).toString("utf8");
  } catch (error) {
    if (error instanceof KasError && error.status !== 0) return error.status;
    throw error;
  }
}

/** The manifest as it lies in the database of the instance that keeps it: what somebody has who got hold of a sealed object that is denied. */
export async function storedManifest(stack: string, instance: string, id: string): Promise<Manifest> {
  return runInService(await containerOf(stack, instance, "backend"), `
    import { MongoClient } from "mongodb";
    const client = new MongoClient(process.env.MONGODB_URL, { tls: true, ca: secret("CA"), cert: secret("CLIENT_CERT"), key: secret("CLIENT_KEY") });
    process.stdout.write(JSON.stringify((await client.db().collection("resources").findOne({ _id: ${JSON.stringify(id)} })).manifest));
    await client.close();
  `);
}
