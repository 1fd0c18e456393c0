import type { Collection, Db } from "mongodb";

/** A spoke as the hub knows it: public values only. */
export interface SpokeDescriptor {
  readonly issuer: string;
  readonly realm: string;
  readonly clientId: string;
  readonly keycloakUrl: string;
  readonly backendUrl: string;
  /** Alias of the hub's broker that leads to it. */
  readonly brokerAlias: string;
  readonly state: "PENDING" | "ACTIVE" | "STOPPED";
}

/** A spoke's document in `federation_spokes`. */
export interface SpokeDocument extends SpokeDescriptor {
  /** Code. */
  readonly _id: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The list of spokes: MongoDB's collection `federation_spokes` of the hub and nothing else. */
export interface SpokeRegistry {
  put(code: string, descriptor: SpokeDescriptor): Promise<void>;
  /** Makes a pending spoke active. */
  activate(code: string): Promise<void>;
  /** @returns whether it was there */
  remove(code: string): Promise<boolean>;
  /** All, by code. */
  list(): Promise<SpokeDocument[]>;
}

/** The registry in MongoDB. Each query is by `_id`, or takes the whole collection of a few dozen documents: `_id` is the only index that serves one. */
export function createSpokeRegistry(database: () => Db): SpokeRegistry {
  const spokes = (): Collection<SpokeDocument> => database().collection<SpokeDocument>("federation_spokes");
  return {
    async put(code, descriptor) {
      const now = new Date();
      // An active spoke does not go back to pending because its hub's stack, which knows only how it began, says it again.
      const active = descriptor.state === "PENDING" && (await spokes().findOne({ _id: code }))?.state === "ACTIVE";
      await spokes().updateOne({ _id: code }, { $set: { ...descriptor, ...(active ? { state: "ACTIVE" } : {}), updatedAt: now }, $setOnInsert: { createdAt: now } }, { upsert: true });
    },
    async activate(code) {
      const found = await spokes().findOne({ _id: code });
      if (found?.state === "PENDING") await spokes().updateOne({ _id: code }, { $set: { state: "ACTIVE", updatedAt: new Date() } });
    },
    remove: async (code) => (await spokes().deleteOne({ _id: code })).deletedCount > 0,
    list: async () => (await spokes().find().toArray()).sort((a, b) => (a._id < b._id ? -1 : 1)),
  };
}
