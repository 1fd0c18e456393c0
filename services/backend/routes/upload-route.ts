import type { MultipartFile } from "@fastify/multipart";
import { systemClock, type Clock } from "@dive/common";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { personOf } from "../plugins/request-limits.ts";
import type { Enforcement } from "../resources/enforcement.ts";
import { UploadError } from "../resources/errors.ts";
import { newResourceId } from "../resources/resource.ts";
import type { ResourceStore } from "../resources/resource-store.ts";
import type { SealingKey } from "../resources/sealing-key.ts";
import type { TransferPlaces } from "../resources/transfer-places.ts";
import { storeSealed } from "../resources/upload.ts";
import { LARGEST_FILE, LARGEST_FORM_OVERHEAD, UPLOAD_FIELDS, UploadFields, labelOf } from "../resources/upload-form.ts";
import { askerOf, deny, describeResource } from "./resource-answer.ts";
import { resourceErrors, resourceSchema } from "./schemas.ts";

/** What the route works on. */
export interface UploadRouteOptions {
  readonly instanceCode: string;
  readonly store: Pick<ResourceStore, "begin" | "putChunk" | "publish" | "discard">;
  readonly enforcement: Enforcement;
  readonly sealingKey: SealingKey;
  readonly places: Pick<TransferPlaces, "take">;
  /** Most bytes of a document. Default: 100 MiB. */
  readonly largestFile?: number;
  readonly clock?: Clock;
}

const MIME_TYPE = /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/;

/**
 * `POST /api/upload`: a form with the fields of the label, then the file. The policy decides when the fields are there, before a byte of
 * the file is looked at; then the file is sealed as it comes. 201; 400 not as it should be, or ended early; 403; 413 too large; 429; 503.
 */
export function registerUploadRoute(app: FastifyInstance, { instanceCode, store, enforcement, sealingKey, places, largestFile = LARGEST_FILE, clock = systemClock }: UploadRouteOptions): void {
  app.post("/api/upload", {
    schema: {
      summary: `Stores a document of at most ${largestFile} bytes, sealed`, tags: ["resources"], consumes: ["multipart/form-data"],
      response: { 201: resourceSchema, ...resourceErrors },
    },
    // Rate and size are known before anything is read.
    onRequest: async (request) => refuseTooLarge(request, largestFile),
  }, async (request, reply) => {
    const asker = askerOf(request);
    if (!request.isMultipart()) throw new UploadError("DIVE_ERR_UPLOAD_FORM", "An upload is a form: Content-Type must be multipart/form-data.");
    const parts = request.parts({ limits: { fileSize: largestFile, files: 1, fields: 600, fieldSize: 4_096, parts: 601, headerPairs: 20 } });
    const fields = new UploadFields();
    const file = await untilFile(parts, fields);
    try {
      const now = new Date(clock.now());
      if (file.fieldname !== "file") throw new UploadError("DIVE_ERR_UPLOAD_FORM", 'The file\'s field must be called "file".');
      requireValid(request, fields.values);
      const { title, label } = labelOf(fields.values, now);
      const resourceId = newResourceId(instanceCode, now.getTime());
      const [decision] = await enforcement.decide(asker, { operation: "upload", resourceId, label });
      if (!decision!.allow) {
        void reply.header("connection", "close");
        return deny(request, reply, resourceId, decision!);
      }
      const kas = await sealingKey();
      const uploadedBy = { uniqueID: String(asker.claims["uniqueID"]), issuer: String(asker.claims.iss) };
      const upload = { resourceId, title, label, mimeType: MIME_TYPE.test(file.mimetype) ? file.mimetype : "application/octet-stream", uploadedBy, uploadedAt: now, kas };
      const leave = await places.take(personOf(request), reply.raw);
      const resource = await storeSealed(contentOf(file, largestFile), upload, { store, logger: request.log, complete: () => requireEnd(parts) }).finally(leave);
      request.log.info({ event: "uploaded", resourceId, size: resource.size }, "uploaded");
      return reply.code(201).header("location", `/api/resources/${resourceId}`).send({ ...describeResource(resource, decision!), obligations: [] });
    } catch (error) {
      // What is still coming is not read: the connection is of no more use.
      void reply.header("connection", "close");
      throw error;
    } finally {
      file.file.destroy();
    }
  });
}

type Parts = ReturnType<FastifyRequest["parts"]>;

async function refuseTooLarge({ headers }: FastifyRequest, largestFile: number): Promise<void> {
  if (Number(headers["content-length"] ?? 0) > largestFile + LARGEST_FORM_OVERHEAD) throw tooLarge(largestFile);
}

/** Reads the fields up to the file. */
async function untilFile(parts: Parts, fields: UploadFields): Promise<MultipartFile> {
  for (;;) {
    const part = await next(parts);
    if (part === undefined) throw new UploadError("DIVE_ERR_UPLOAD_FORM", 'The form has no file: it must come last, in the field "file".');
    if (part.type === "file") return part;
    fields.add(part.fieldname, part.value, part.fieldnameTruncated || part.valueTruncated);
  }
}

/** After the file the form must end, and end properly. */
async function requireEnd(parts: Parts): Promise<void> {
  if ((await next(parts)) !== undefined) throw new UploadError("DIVE_ERR_UPLOAD_FORM", "Nothing may come after the file: put the other fields before it.");
}

async function next(parts: Parts) {
  try {
    const { done, value } = await parts.next();
    return done === true ? undefined : value;
  } catch (error) {
    throw formError(error);
  }
}

/** The file as it comes, up to the limit. */
async function* contentOf({ file }: MultipartFile, largestFile: number): AsyncGenerator<Uint8Array, void, undefined> {
  // Else the rest would have to come first.
  file.once("limit", () => file.destroy(tooLarge(largestFile)));
  try {
    for await (const piece of file) yield piece as Buffer;
  } catch (error) {
    throw formError(error);
  }
  if (file.truncated) throw tooLarge(largestFile);
}

/** The plugin's limits are 413, everything else that it says is a form that is broken or ended early. */
function formError(error: unknown): UploadError {
  if (error instanceof UploadError) return error;
  if ((error as { statusCode?: unknown } | null)?.statusCode === 413) return new UploadError("DIVE_ERR_UPLOAD_TOO_LARGE", "The form has too many fields or files.", 413, error);
  return new UploadError("DIVE_ERR_UPLOAD_TRUNCATED", "The form is broken, or it ended before its end.", 400, error);
}

function tooLarge(largestFile: number): UploadError {
  return new UploadError("DIVE_ERR_UPLOAD_TOO_LARGE", `The file has more than ${largestFile} bytes.`, 413);
}

function requireValid(request: FastifyRequest, fields: UploadFields["values"]): void {
  const validate = request.compileValidationSchema(UPLOAD_FIELDS);
  if (validate(fields)) return;
  const [first] = validate.errors ?? [];
  throw new UploadError("DIVE_ERR_UPLOAD_FIELD", `The form's fields are not as they should be: ${first?.instancePath.slice(1) || "the form"} ${first?.message ?? "is wrong"}.`);
}
