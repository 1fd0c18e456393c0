import { Readable, finished } from "node:stream";
import { CLASSIFICATIONS, type Classification } from "@dive/common/label";
import { SEALED_MEDIA_TYPE, writeContainer } from "@dive/common/sealed";
import type { FastifyInstance } from "fastify";
import { personOf } from "../plugins/request-limits.ts";
import { createCursorCodec } from "../resources/cursor.ts";
import type { Documents } from "../resources/documents.ts";
import { questionAbout, type Enforcement } from "../resources/enforcement.ts";
import type { ResourceDocument } from "../resources/resource.ts";
import type { ResourceStore } from "../resources/resource-store.ts";
import { SMALL_CONTENT, type TransferPlaces } from "../resources/transfer-places.ts";
import { visiblePage } from "../resources/visible-page.ts";
import { askerOf, deny, describeResource } from "./resource-answer.ts";
import { resourceErrors, resourceParams, resourceSchema } from "./schemas.ts";

/** What the routes work on. */
export interface ResourceRouteOptions {
  readonly store: Pick<ResourceStore, "page">;
  readonly documents: Documents;
  readonly enforcement: Enforcement;
  /** For what is larger than {@link SMALL_CONTENT}. */
  readonly places: Pick<TransferPlaces, "take">;
}

interface List {
  Querystring: { classification?: Classification; cursor?: string; limit?: string };
}
interface One {
  Params: { id: string };
}

const LARGEST_PAGE = 100;
const DEFAULT_PAGE = 20;

const listQuery = {
  type: "object",
  additionalProperties: false,
  properties: {
    classification: { type: "string", enum: CLASSIFICATIONS, description: "Only those of this level" },
    cursor: { type: "string", minLength: 1, maxLength: 256, description: "nextCursor of the page before" },
    // A query is text, and nothing here is turned into something that fits.
    limit: { type: "string", pattern: "^([1-9][0-9]?|100)$", description: `Most resources on the page, 1 to ${LARGEST_PAGE}. Default ${DEFAULT_PAGE}` },
  },
} as const;
const listAnswer = {
  type: "object",
  properties: {
    resources: { type: "array", items: resourceSchema }, count: { type: "integer" }, nextCursor: { type: "string" }, unclassifiedOnly: { type: "boolean" }, timestamp: { type: "string" },
  },
} as const;

/** `GET /api/resources`, `/api/resources/:id` and `/api/resources/:id/download`: what policy lets the caller see, and the sealed object. */
export function registerResourceRoutes(app: FastifyInstance, { store, documents, enforcement, places }: ResourceRouteOptions): void {
  const cursors = createCursorCodec();

  app.get<List>("/api/resources", {
    schema: {
      summary: "The resources that the caller may read, newest first", tags: ["resources"], querystring: listQuery,
      response: { 200: listAnswer, ...resourceErrors },
    },
  }, async (request) => {
    const { limit, ...query } = request.query;
    const page = await visiblePage(askerOf(request), { ...query, limit: limit === undefined ? DEFAULT_PAGE : Number(limit) }, { store, enforcement, cursors });
    const resources = page.visible.map(({ resource, decision }) => describeResource(resource, decision));
    return {
      resources, count: resources.length, ...(page.nextCursor === undefined ? {} : { nextCursor: page.nextCursor }),
      unclassifiedOnly: page.unclassifiedOnly, timestamp: new Date().toISOString(),
    };
  });

  app.get<One>("/api/resources/:id", {
    schema: { summary: "One resource's label and description", tags: ["resources"], params: resourceParams, response: { 200: resourceSchema, ...resourceErrors } },
  }, async (request, reply) => {
    const { resource } = await documents.find(request.params.id);
    const [decision] = await enforcement.decide(askerOf(request), questionAbout("read", resource));
    return decision!.allow ? describeResource(resource, decision!) : deny(request, reply, resource._id, decision!);
  });

  app.get<One>("/api/resources/:id/download", {
    schema: {
      summary: "The sealed object; its key is for the key access service that it names to give", tags: ["resources"], params: resourceParams,
      response: { 200: { description: "docs/sealed-objects.md says what it is made of", content: { [SEALED_MEDIA_TYPE]: { schema: { type: "string", format: "binary" } } } }, ...resourceErrors },
    },
  }, async (request, reply) => {
    const document = await documents.find(request.params.id);
    const { resource } = document;
    const [decision] = await enforcement.decide(askerOf(request), questionAbout("download", resource));
    if (!decision!.allow) return deny(request, reply, resource._id, decision!);
    if (resource.size > SMALL_CONTENT) finished(reply.raw, await places.take(personOf(request), reply.raw));
    const content = Readable.from(writeContainer(resource.manifest, await document.open()), { objectMode: false, highWaterMark: 65_536 });
    return reply
      .type(SEALED_MEDIA_TYPE)
      // With its length a client can tell an answer that was cut off.
      .header("content-length", containerSize(resource))
      .header("content-disposition", `attachment; filename="${resource._id}.sealed"`)
      .send(content);
  });
}

function containerSize({ manifest }: ResourceDocument): number {
  const { segments } = manifest.encryptionInformation.integrityInformation;
  return Buffer.byteLength(JSON.stringify(manifest)) + 1 + segments.reduce((sum, { encryptedSegmentSize }) => sum + encryptedSegmentSize, 0);
}
