import { setTimeout as delay } from "node:timers/promises";
import { DiveError } from "@dive/common";
import type { Breaker } from "@dive/common/breaker";
import type { Classification } from "@dive/common/label";
import { bulkhead } from "cockatiel";
import { Binary, type Collection, type Db } from "mongodb";
import { StoreUnavailableError } from "./errors.ts";
import { chunkId, timeOf, type ResourceDocument } from "./resource.ts";

/** Which resources {@link ResourceStore.page} gives. */
export interface PageRequest {
  /** Only those with a smaller id: older ones. Default: from the newest. */
  readonly before?: string;
  readonly classification?: Classification;
  readonly limit: number;
}

/**
 * Where resources are kept. A resource exists when its document does, which is written last; what an upload that did not end has left is
 * found by its mark. Every call rejects with a `StoreUnavailableError` while the database is away.
 */
export interface ResourceStore {
  /** Marks an upload as begun, before its first segment. */
  begin(resourceId: string): Promise<void>;
  /** Writes one segment of a payload; repeating it changes nothing. */
  putChunk(resourceId: string, index: number, data: Uint8Array): Promise<void>;
  /** Makes the resource visible. */
  publish(resource: ResourceDocument): Promise<void>;
  find(resourceId: string): Promise<ResourceDocument | undefined>;
  /** Newest first. */
  page(request: PageRequest): Promise<ResourceDocument[]>;
  /** @throws {Error} when it is missing */
  chunk(resourceId: string, index: number): Promise<Uint8Array>;
  /** Removes everything of an upload that failed. */
  discard(resourceId: string): Promise<void>;
  /**
   * Removes everything of uploads that began before `time` (ms since the Unix epoch) and never ended: the process died on the way.
   * @returns how many uploads those were
   */
  removeOrphans(time: number): Promise<number>;
}

/** Attempts for a call that fails by its connection. */
const ATTEMPTS = 3;
const FIRST_DELAY_MS = 50;
/** Segments that are written at a time: on its way to the database each takes several times its size in memory. */
const CHUNK_WRITES = 6;
/** MongoDB's "duplicate key": the document is there, from an attempt whose acknowledgement was lost. */
const DUPLICATE_KEY = 11_000;

/** The stored form: MongoDB's driver gives bytes back as `Binary`. */
interface StoredChunk {
  readonly _id: string;
  readonly data: Binary;
}

/** The mark of an upload that has begun, in the collection `uploads`, which is empty most of the time. */
interface UploadMark {
  /** The resource's id. */
  readonly _id: string;
}

/** The store in MongoDB, without GridFS. Content is read and written by `_id` alone; only lists look at more than one document. */
export function createResourceStore(database: () => Db, breaker: Breaker): ResourceStore {
  const resources = (): Collection<ResourceDocument> => database().collection<ResourceDocument>("resources");
  const chunks = (): Collection<StoredChunk> => database().collection<StoredChunk>("chunks");
  const uploads = (): Collection<UploadMark> => database().collection<UploadMark>("uploads");

  const chunkWrites = bulkhead(CHUNK_WRITES, Infinity);

  /** Every write here may be repeated: ids are made before, and nothing is ever changed. */
  async function guarded<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await breaker.execute(work);
      } catch (error) {
        if (attempt >= ATTEMPTS || !isConnectionLoss(error)) throw new StoreUnavailableError(error, error instanceof DiveError ? error.headers["retry-after"] : undefined);
        await delay(FIRST_DELAY_MS * 2 ** (attempt - 1));
      }
    }
  }

  return {
    begin: (resourceId) => guarded(() => insertOnce(uploads().insertOne({ _id: resourceId }))),
    putChunk: (resourceId, index, data) => chunkWrites.execute(() => guarded(() => insertOnce(chunks().insertOne({ _id: chunkId(resourceId, index), data: new Binary(data) })))),
    async publish(resource) {
      await guarded(() => insertOnce(resources().insertOne(resource)));
      await unmark(resource._id);
    },
    find: async (resourceId) => (await guarded(() => resources().findOne({ _id: resourceId }))) ?? undefined,
    page({ before, classification, limit }) {
      const filter = { ...(before === undefined ? {} : { _id: { $lt: before } }), ...(classification === undefined ? {} : { "label.classification": classification }) };
      return guarded(() => resources().find(filter).sort({ _id: -1 }).limit(limit).toArray());
    },
    async chunk(resourceId, index) {
      const found = await guarded(() => chunks().findOne({ _id: chunkId(resourceId, index) }));
      if (found === null) throw new Error(`chunk ${chunkId(resourceId, index)} is missing from the database`);
      return found.data.buffer;
    },
    discard,
    async removeOrphans(time) {
      const begun = await guarded(() => uploads().find().toArray());
      let removed = 0;
      for (const { _id } of begun.filter((mark) => timeOf(mark._id) < time)) {
        const published = (await guarded(() => resources().findOne({ _id }, { projection: { _id: 1 } }))) !== null;
        await (published ? unmark(_id) : discard(_id));
        if (!published) removed += 1;
      }
      return removed;
    },
  };

  async function unmark(resourceId: string): Promise<void> {
    await guarded(() => uploads().deleteOne({ _id: resourceId }));
  }

  /** The last segment first, so that what is left after a failure still begins at 0; the mark last, so that it is found again. */
  async function discard(resourceId: string): Promise<void> {
    let count = 0;
    while ((await guarded(() => chunks().findOne({ _id: chunkId(resourceId, count) }, { projection: { _id: 1 } }))) !== null) count += 1;
    for (let index = count - 1; index >= 0; index--) await guarded(() => chunks().deleteOne({ _id: chunkId(resourceId, index) }));
    await unmark(resourceId);
  }
}

async function insertOnce(insertion: Promise<unknown>): Promise<void> {
  try {
    await insertion;
  } catch (error) {
    if ((error as { code?: unknown }).code !== DUPLICATE_KEY) throw error;
  }
}

/** The driver's names for a connection that broke or could not be made; the server may or may not have done it. */
function isConnectionLoss(error: unknown): boolean {
  return error instanceof Error && /^Mongo(Network|ServerSelection|PoolCleared|NotConnected|Topology)/.test(error.name);
}
