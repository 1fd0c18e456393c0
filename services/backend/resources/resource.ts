import { randomFillSync } from "node:crypto";
import type { SecurityLabel } from "@dive/common/label";
import type { Manifest } from "@dive/common/sealed";

/** A resource's document in the collection `resources`: label and manifest. Its content is in `chunks`. */
export interface ResourceDocument {
  /** See {@link newResourceId}. */
  readonly _id: string;
  readonly title: string;
  readonly label: SecurityLabel;
  readonly manifest: Manifest;
  /** Bytes of plaintext. */
  readonly size: number;
  readonly mimeType: string;
  readonly uploadedBy: { readonly uniqueID: string; readonly issuer: string };
  readonly uploadedAt: Date;
}

/** One segment of a sealed payload, a document of the collection `chunks`. */
export interface ChunkDocument {
  /** `<resource id>/<number of the segment, from 0>`. */
  readonly _id: string;
  readonly data: Uint8Array;
}

/** `<CODE>-<UUID>`: which instance a resource came from, and which one it is. */
export const RESOURCE_ID_PATTERN = "^[A-Z]{3}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

/**
 * An id for a new resource of `code`. The UUID is of version 7 (RFC 9562 section 5.7): ids sort by time, so that a list by
 * `_id` has the newest first without another index.
 * @param now milliseconds since the Unix epoch
 */
export function newResourceId(code: string, now: number): string {
  const bytes = randomFillSync(Buffer.alloc(16));
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString("hex");
  return `${code}-${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")}`;
}

/** Code of the instance that a resource came from. */
export function originOf(resourceId: string): string {
  return resourceId.slice(0, 3);
}

/** When the id was made, milliseconds since the Unix epoch. */
export function timeOf(resourceId: string): number {
  return Number.parseInt(resourceId.slice(4, 12) + resourceId.slice(13, 17), 16);
}

/** `_id` of a chunk. */
export function chunkId(resourceId: string, index: number): string {
  return `${resourceId}/${index}`;
}
