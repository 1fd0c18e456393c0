import { Readable } from "node:stream";
import type { AuditTrail } from "@dive/common/audit";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { TransferRecord } from "../resources/decision-record.ts";
import { ResourceUnknownError } from "../resources/errors.ts";
import type { Document, Documents } from "../resources/documents.ts";
import { EXCHANGE_PATH, type ExchangedResource } from "../resources/foreign.ts";
import { originOf } from "../resources/resource.ts";
import { resourceErrors, resourceParams } from "./schemas.ts";

/** What the routes work on. */
export interface ExchangeRouteOptions {
  readonly instanceCode: string;
  readonly documents: Documents;
  readonly transfers: Pick<AuditTrail<TransferRecord>, "record">;
}

interface One {
  Params: { id: string };
}

/**
 * What partners' backends fetch from this one: own resources with their labels, sealed. The partner puts them before its own policy, and the
 * key stays with this instance's KAS, which decides for itself on each reader. Each transfer is recorded before it begins.
 */
export function registerExchangeRoutes(app: FastifyInstance, { instanceCode, documents, transfers }: ExchangeRouteOptions): void {
  app.get<One>(`${EXCHANGE_PATH}/:id`, {
    schema: { summary: "An own resource for a partner's backend, by client certificate", tags: ["federation"], params: resourceParams, response: resourceErrors },
  }, async (request): Promise<ExchangedResource> => {
    const { resource: { _id, title, label, manifest, mimeType, uploadedBy, uploadedAt } } = await handedOver(request, "description");
    return { resourceId: _id, title, label, manifest, mimeType, uploadedBy, uploadedAt: uploadedAt.toISOString() };
  });

  app.get<One>(`${EXCHANGE_PATH}/:id/payload`, {
    schema: { summary: "Its encrypted segments, one after the other", tags: ["federation"], params: resourceParams, response: resourceErrors },
  }, async (request, reply) => {
    const document = await handedOver(request, "payload");
    return reply.type("application/octet-stream").send(Readable.from(await document.open(), { objectMode: false }));
  });

  async function handedOver(request: FastifyRequest<One>, part: TransferRecord["part"]): Promise<Document> {
    const { id } = request.params;
    const { partner } = request;
    if (partner === null) throw new Error(`${request.method} ${request.url} was reached without a known partner; its policy must be partner-backend`);
    // What is a third one's is that one's to hand over.
    if (originOf(id) !== instanceCode) throw new ResourceUnknownError(id);
    const document = await documents.find(id);
    await transfers.record({ event: "transfer", requestId: request.id, resourceId: id, classification: document.resource.label.classification, part, partner, ip: request.ip });
    return document;
  }
}
