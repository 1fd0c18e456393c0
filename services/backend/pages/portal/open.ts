// Runs in browsers and, for its tests, in Node.
import { generateDpopKey } from "../../../common/dpop/make-proof.ts";
import { createKasClient, type KasClientOptions } from "../../../common/kas-client/kas-client.ts";
import { readContainer } from "../../../common/sealed/container.ts";
import { unseal } from "../../../common/sealed/unseal.ts";
import type { Api } from "./api.ts";
import type { Session } from "./session.ts";

/** An opened document, checked to its last byte. */
export interface Opened {
  readonly content: Blob;
  readonly mimeType: string;
}

/** Opens the document with this id. @throws what the backend, the KAS or the seal says against it */
export type Opener = (id: string) => Promise<Opened>;

/**
 * Makes it, with a key of its own that proves each request to be this page's (DPoP). The key cannot be taken out of the browser, and is gone
 * with the page; tokens go to the federation's key access services and nowhere else.
 */
export async function createOpener(api: Pick<Api, "download">, session: Pick<Session, "accessToken">, kas: readonly string[], options: Pick<KasClientOptions, "fetch"> = {}): Promise<Opener> {
  const client = createKasClient({ ...options, allowed: kas, key: await generateDpopKey(), accessToken: () => session.accessToken() });
  return async (id) => {
    const { manifest, payload } = await readContainer(await api.download(id));
    const { plaintext, mimeType } = await unseal(manifest, payload, { rewrap: client.rewrap, resourceId: id });
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    // Nothing is shown before all of it has been checked.
    for await (const piece of plaintext) pieces.push(piece);
    return { content: new Blob(pieces, { type: mimeType }), mimeType };
  };
}
