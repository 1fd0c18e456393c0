import { DiveError } from "@dive/common";
import { parseSecurityLabel } from "@dive/common/label";
import { parseManifest } from "@dive/common/sealed";
import { request, type Dispatcher } from "undici";
import { begun, type ForeignDocuments } from "./documents.ts";
import type { PartnerBackend } from "./partners.ts";
import { originOf, type ResourceDocument } from "./resource.ts";

/** Path below which partners' backends give each other sealed resources. */
export const EXCHANGE_PATH = "/api/federation/resources";

/** A resource as one backend tells another of it. */
export type ExchangedResource = Pick<ResourceDocument, "title" | "label" | "manifest" | "mimeType" | "uploadedBy"> & { readonly resourceId: string; readonly uploadedAt: string };

/** The origin of a resource cannot be asked at the moment: 503. */
export class OriginUnavailableError extends DiveError {
  constructor(code: string, cause: unknown) {
    super(`The backend of ${code}, where this resource is kept, cannot be asked at the moment. Try again later.`, {
      code: "DIVE_ERR_ORIGIN_UNAVAILABLE", statusCode: 503, headers: { "retry-after": "5" }, cause,
    });
  }
}

/** Resources of partners, fetched from their backends; the dispatcher carries our client certificate. Nothing is kept. */
export function createForeignDocuments(partners: readonly PartnerBackend[], dispatcher: Dispatcher): ForeignDocuments {
  return {
    async find(resourceId) {
      const code = originOf(resourceId);
      const origin = partners.find((partner) => partner.code === code);
      if (origin === undefined) {
        throw new DiveError(`${resourceId} is kept by ${code}, which this instance has no link with.`, { code: "DIVE_ERR_RESOURCE_FOREIGN", statusCode: 404 });
      }
      const url = `${origin.url}${EXCHANGE_PATH}/${resourceId}`;
      const answer = await ask(code, url, dispatcher);
      if (answer.statusCode === 404) {
        await answer.body.dump();
        return undefined;
      }
      const resource = await readResource(resourceId, answer.body.json()).catch((error: unknown) => {
        throw new OriginUnavailableError(code, error);
      });
      return { resource, open: () => payloadFrom(code, `${url}/payload`, dispatcher) };
    },
  };
}

async function payloadFrom(code: string, url: string, dispatcher: Dispatcher): Promise<AsyncIterable<Uint8Array>> {
  const { statusCode, body } = await ask(code, url, dispatcher);
  if (statusCode === 200) return begun((async function* () { yield* body as AsyncIterable<Uint8Array>; })());
  await body.dump();
  throw new OriginUnavailableError(code, new Error(`${url} answered ${statusCode}, expected 200`));
}

async function ask(code: string, url: string, dispatcher: Dispatcher): Promise<Dispatcher.ResponseData> {
  const answer = await request(url, { dispatcher }).catch((error: unknown) => {
    throw new OriginUnavailableError(code, error);
  });
  if (answer.statusCode === 200 || answer.statusCode === 404) return answer;
  await answer.body.dump();
  throw new OriginUnavailableError(code, new Error(`${url} answered ${answer.statusCode}, expected 200`));
}

/** What a partner says is checked as strictly as what a client says; whether label and manifest agree is put before the policy. */
async function readResource(resourceId: string, body: Promise<unknown>): Promise<ResourceDocument> {
  const given = (await body) as Partial<Record<keyof ExchangedResource, unknown>>;
  if (given.resourceId !== resourceId) throw new Error(`the origin answered about ${String(given.resourceId)}, not ${resourceId}`);
  const { uniqueID, issuer } = (given.uploadedBy ?? {}) as { uniqueID?: unknown; issuer?: unknown };
  const manifest = parseManifest(given.manifest);
  return {
    _id: resourceId, title: textOf(given.title, "title"), label: parseSecurityLabel(given.label), manifest, mimeType: textOf(given.mimeType, "mimeType"),
    size: manifest.encryptionInformation.integrityInformation.segments.reduce((sum, { segmentSize }) => sum + segmentSize, 0),
    uploadedBy: { uniqueID: textOf(uniqueID, "uploadedBy.uniqueID"), issuer: textOf(issuer, "uploadedBy.issuer") },
    uploadedAt: dateOf(textOf(given.uploadedAt, "uploadedAt")),
  };
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== "string" || value === "") throw new Error(`${name} must be a text`);
  return value;
}

function dateOf(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new Error("uploadedAt must be a time");
  return date;
}
