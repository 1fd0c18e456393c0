import { Readable, finished } from "node:stream";
import type { AuditTrail } from "@dive/common/audit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { TransferRecord } from "../resources/decision-record.ts";
import { ResourceUnknownError } from "../resources/errors.ts";
import type { Document, Documents } from "../resources/documents.ts";
import { EXCHANGE_PATH, type ExchangedResource } from "../resources/foreign.ts";
import { originOf } from "../resources/resource.ts";
import { SMALL_CONTENT, type TransferPlaces } from "../resources/transfer-places.ts";
import { resourceErrors, resourceParams } from "./schemas.ts";

/** What the routes work on. */
export interface ExchangeRouteOptions {
  readonly instanceCode: string;
  readonly documents: Documents;
  readonly transfers: Pick<AuditTrail<TransferRecord>, "record">;
  /** For payloads larger than {@link SMALL_CONTENT}. */
  readonly partnerPlaces: Pick<TransferPlaces, "take">;
}

interface One {
  Params: { id: string };
}

/**
 * What partners' backends fetch from this one: own resources with their labels, sealed. The partner puts them before its own policy, and the
 * key stays with this instance's KAS, which decides for itself on each reader. Each transfer is recorded before it begins.
 */
export function registerExchangeRoutes(app: FastifyInstance, { instanceCode, documents, transfers, partnerPlaces }: ExchangeRouteOptions): void {
  app.get<One>(`${EXCHANGE_PATH}/:id`, {
    schema: { summary: "An own resource for a partner's backend, by client certificate", tags: ["federation"], params: resourceParams, response: resourceErrors },
  }, async (request): Promise<ExchangedResource> => {
    const { resource } = await ownDocument(request);
    await record(request, resource, "description");
    const { _id, title, label, manifest, mimeType, uploadedBy, uploadedAt } = resource;
    return { resourceId: _id, title, label, manifest, mimeType, uploadedBy, uploadedAt: uploadedAt.toISOString() };
  });

  app.get<One>(`${EXCHANGE_PATH}/:id/payload`, {
    schema: { summary: "Its encrypted segments, one after the other", tags: ["federation"], params: resourceParams, response: resourceErrors },
  }, async (request, reply) => {
    const document = await ownDocument(request);
    if (document.resource.size > SMALL_CONTENT) finished(reply.raw, await partnerPlaces.take(partnerOf(request), reply.raw));
    await record(request, document.resource, "payload");
    return reply.type("application/octet-stream").send(Readable.from(await document.open(), { objectMode: false }));
  });

  async function ownDocument({ params: { id } }: FastifyRequest<One>): Promise<Document> {
    // What is a third one's is that one's to hand over.
    if (originOf(id) !== instanceCode) throw new ResourceUnknownError(id);
    return documents.find(id);
  }

  async function record(request: FastifyRequest<One>, { _id, label }: Document["resource"], part: TransferRecord["part"]): Promise<void> {
    await transfers.record({ event: "transfer", requestId: request.id, resourceId: _id, classification: label.classification, part, partner: partnerOf(request), ip: request.ip });
  }
}

function partnerOf({ partner, method, url }: FastifyRequest): string {
  if (partner === null) throw new Error(`${method} ${url} was reached without a known partner; its policy must be partner-backend`);
  return partner;
}
