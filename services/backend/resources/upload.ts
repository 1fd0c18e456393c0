import { describeError, type Logger } from "@dive/common";
import type { SecurityLabel } from "@dive/common/label";
import { seal, type ByteSource, type SealingKas } from "@dive/common/sealed";
import type { ResourceDocument } from "./resource.ts";
import type { ResourceStore } from "./resource-store.ts";

/** A document to be stored; policy has permitted it. */
export interface Upload {
  readonly resourceId: string;
  readonly title: string;
  readonly label: SecurityLabel;
  readonly mimeType: string;
  readonly uploadedBy: ResourceDocument["uploadedBy"];
  readonly uploadedAt: Date;
  readonly kas: SealingKas;
}

/**
 * Seals content as it comes and stores it, one segment a chunk, so that it holds one segment in memory whatever the size. The resource's
 * document is written last: until then nobody sees anything, and what fails leaves nothing behind.
 * @throws what reading the content, `complete` or the store throws
 */
export async function storeSealed(
  content: ByteSource, { kas, ...facts }: Upload, { store, logger, complete }: {
    readonly store: Pick<ResourceStore, "begin" | "putChunk" | "publish" | "discard">;
    readonly logger: Logger;
    /** Asked when the content has ended, before anybody can see the resource: throws when it did not end as it should. */
    readonly complete: () => Promise<void>;
  },
): Promise<ResourceDocument> {
  const { resourceId, label, mimeType, title, uploadedBy, uploadedAt } = facts;
  const sealing = await seal(content, { label, resourceId, mimeType, kas });
  try {
    await store.begin(resourceId);
    let chunks = 0;
    for await (const segment of sealing.segments) await store.putChunk(resourceId, chunks++, segment);
    await complete();
  } catch (error) {
    await store.discard(resourceId).catch((failure: unknown) => {
      // Nobody sees them, and the next clearing finds them by their mark.
      logger.warn({ event: "upload_leftovers", resourceId, error: describeError(failure) }, "segments of a failed upload could not be removed");
    });
    throw error;
  }
  const manifest = sealing.manifest();
  const size = manifest.encryptionInformation.integrityInformation.segments.reduce((sum, { segmentSize }) => sum + segmentSize, 0);
  const resource: ResourceDocument = { _id: resourceId, title, label, manifest, size, mimeType, uploadedBy, uploadedAt };
  // When this fails nobody knows whether the document is there, so its content must stay; if it is not, the next clearing removes it.
  await store.publish(resource);
  return resource;
}
