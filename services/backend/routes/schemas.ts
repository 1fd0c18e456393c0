import { CLASSIFICATIONS } from "@dive/common/label";
import { RESOURCE_ID_PATTERN } from "../resources/resource.ts";

const text = { type: "string" } as const;
const texts = { type: "array", items: text } as const;

/** The id of a resource in a path. */
export const resourceParams = { type: "object", required: ["id"], properties: { id: { type: "string", pattern: RESOURCE_ID_PATTERN } } } as const;

/** What anybody is told of a resource that they may read. */
export const resourceSchema = {
  type: "object",
  additionalProperties: true,
  properties: {
    resourceId: text, origin: text, title: text, classification: { type: "string", enum: CLASSIFICATIONS }, releasabilityTo: texts, COI: texts, coiOperator: text,
    creationDate: text, displayMarking: { type: ["string", "null"] }, size: { type: "integer" }, mimeType: text, encrypted: { type: "boolean" }, uploadedAt: text,
    kas: { type: "object", properties: { url: text, kid: text } },
    obligations: { type: "array", items: { type: "object", additionalProperties: true } },
  },
} as const;

/** Every answer that is not a success. */
export const errorSchema = {
  type: "object",
  additionalProperties: true,
  properties: { error: text, code: text, message: text, requestId: text, reason: text, details: { type: "object", additionalProperties: true } },
} as const;

/** The errors that routes for resources answer with. */
export const resourceErrors = { "4xx": errorSchema, "5xx": errorSchema } as const;
