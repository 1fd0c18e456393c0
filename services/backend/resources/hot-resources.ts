import type { Clock } from "@dive/common";
import { LRUCache } from "lru-cache";
import type { ResourceDocument } from "./resource.ts";
import type { ResourceStore } from "./resource-store.ts";

/** How long what has been read is given again, in milliseconds: one that is removed by hand is gone for everybody after that, as a revoked token. */
const KEPT_MS = 5_000;
/** Most resources whose label and manifest are kept. */
const MOST_RESOURCES = 1_000;
/** Most bytes of sealed segments, in all and of one: what is larger is streamed to few and would only push out the rest. */
const MOST_BYTES = 8 * 2 ** 20;
const LARGEST_SEGMENT = 256 * 2 ** 10;

/** The reads of a store that many ask for at the same time. */
export type ResourceReads = Pick<ResourceStore, "find" | "chunk">;

/**
 * Reads each resource once for all who ask within seconds. What is stored is never changed, so what is given is what was stored; each
 * caller is decided on all the same. Failures and what is not there are not kept.
 * @param clock in milliseconds, from any beginning but 0; never goes back
 */
export function keepHot(store: ResourceReads, clock: Clock = performance): ResourceReads {
  // A read that is pushed out while it is under way must still end, or a busy moment would fail it for those who wait.
  const kept = { ttl: KEPT_MS, ttlResolution: 0, perf: clock, ignoreFetchAbort: true };
  const resources = new LRUCache<string, ResourceDocument>({ max: MOST_RESOURCES, ...kept, fetchMethod: (resourceId) => store.find(resourceId) });
  const segments = new LRUCache<string, Uint8Array, { readonly resourceId: string; readonly index: number }>({
    maxSize: MOST_BYTES,
    maxEntrySize: LARGEST_SEGMENT,
    sizeCalculation: ({ byteLength }) => Math.max(byteLength, 1),
    ...kept,
    fetchMethod: (_key, _stale, { context: { resourceId, index } }) => store.chunk(resourceId, index),
  });
  return {
    find: (resourceId) => resources.fetch(resourceId),
    async chunk(resourceId, index) {
      return (await segments.fetch(`${resourceId}/${index}`, { context: { resourceId, index } }))!; // the store rejects when it is missing
    },
  };
}
