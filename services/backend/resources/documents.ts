import { ResourceUnknownError } from "./errors.ts";
import { originOf, type ResourceDocument } from "./resource.ts";
import type { ResourceStore } from "./resource-store.ts";

/** A resource with a way to its payload. */
export interface Document {
  readonly resource: ResourceDocument;
  /** Begins to read it: resolves when the first segment is there, so that what fails does so before an answer has begun. */
  open(): Promise<AsyncIterable<Uint8Array>>;
}

/** Finds resources wherever they are kept. */
export interface Documents {
  /** @throws {ResourceUnknownError} */
  find(resourceId: string): Promise<Document>;
}

/** Where a partner's resources come from. */
export interface ForeignDocuments {
  /** @returns undefined when the origin does not have it; rejects when the origin cannot be asked */
  find(resourceId: string): Promise<Document | undefined>;
}

/** What {@link createDocuments} works with. */
export interface DocumentsParts {
  readonly instanceCode: string;
  readonly store: Pick<ResourceStore, "find" | "chunk">;
  readonly foreign: ForeignDocuments;
}

/** The own ones from the store, a partner's from its origin. */
export function createDocuments({ instanceCode, store, foreign }: DocumentsParts): Documents {
  return {
    async find(resourceId) {
      if (originOf(resourceId) === instanceCode) {
        const resource = await store.find(resourceId);
        if (resource === undefined) throw new ResourceUnknownError(resourceId);
        return { resource, open: () => begun(segmentsOf(resource, store)) };
      }
      const found = await foreign.find(resourceId);
      if (found === undefined) throw new ResourceUnknownError(resourceId);
      return found;
    },
  };
}

async function* segmentsOf({ _id, manifest }: ResourceDocument, store: Pick<ResourceStore, "chunk">): AsyncGenerator<Uint8Array, void, undefined> {
  const { segments } = manifest.encryptionInformation.integrityInformation;
  for (let index = 0; index < segments.length; index++) yield await store.chunk(_id, index);
}

/** The same source, its first piece already read. */
export async function begun(source: AsyncGenerator<Uint8Array, void, undefined>): Promise<AsyncIterable<Uint8Array>> {
  const first = await source.next();
  return (async function* () {
    try {
      if (first.done !== true) yield first.value;
      yield* source;
    } finally {
      await source.return();
    }
  })();
}
