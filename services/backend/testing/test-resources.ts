import type { AuditTrail } from "@dive/common/audit";
import type { Decision, PolicyInput } from "@dive/common/opa";
import type { RevocationCheck } from "@dive/common/revocation";
import type { Registry } from "prom-client";
import { createSealingKey } from "../../common/testing/sealing-keys.ts";
import type { DecisionRecord, TransferRecord } from "../resources/decision-record.ts";
import { createDocuments, type ForeignDocuments } from "../resources/documents.ts";
import { createEnforcement } from "../resources/enforcement.ts";
import { PARTNER_TRANSFERS, TransferPlaces } from "../resources/transfer-places.ts";
import { createResourceMetrics } from "../resources/metrics.ts";
import { timeOf, type ResourceDocument } from "../resources/resource.ts";
import type { ResourceStore } from "../resources/resource-store.ts";
import type { SealingKey } from "../resources/sealing-key.ts";

export const ALLOW: Decision = { allow: true, reason: "permitted", obligations: [], evaluation_details: { policy: { instance: "USA", revision: "sha256-of-the-bundle" }, resource: { displayMarking: "A MARKING" } } };
export const DENY: Decision = { allow: false, reason: "country_not_releasable", obligations: [], evaluation_details: { checks: { country_releasable: false }, resource: { title: "hidden" } } };

/** What a test may change of the resources. */
export interface TestResourceOptions {
  readonly decide?: (input: PolicyInput) => Promise<Decision>;
  readonly revocation?: RevocationCheck;
  readonly record?: AuditTrail<DecisionRecord>["record"];
  readonly store?: Partial<ResourceStore>;
  readonly sealingKey?: SealingKey;
  readonly places?: Pick<TransferPlaces, "take">;
  readonly foreign?: ForeignDocuments;
  readonly largestFile?: number;
  /** Default: USA. */
  readonly instanceCode?: string;
}

/** A store in memory. */
export function memoryStore() {
  const resources = new Map<string, ResourceDocument>();
  const chunks = new Map<string, Uint8Array>();
  const uploads = new Set<string>();
  const discard = async (id: string) => {
    for (const key of chunks.keys()) if (key.startsWith(`${id}/`)) chunks.delete(key);
    uploads.delete(id);
  };
  const store: ResourceStore = {
    begin: async (id) => void uploads.add(id),
    putChunk: async (id, index, data) => void chunks.set(`${id}/${index}`, data),
    publish: async (resource) => void (resources.set(resource._id, resource) && uploads.delete(resource._id)),
    find: async (id) => resources.get(id),
    page: async ({ before, classification, limit }) =>
      [...resources.values()]
        .filter(({ _id, label }) => (before === undefined || _id < before) && (classification === undefined || label.classification === classification))
        .sort((a, b) => (a._id < b._id ? 1 : -1))
        .slice(0, limit),
    async chunk(id, index) {
      const found = chunks.get(`${id}/${index}`);
      if (found === undefined) throw new Error(`chunk ${id}/${index} is missing from the database`);
      return found;
    },
    discard,
    async removeOrphans(time) {
      const old = [...uploads].filter((id) => timeOf(id) < time);
      for (const id of old) await discard(id);
      return old.length;
    },
  };
  return { resources, chunks, uploads, store };
}

/** Resources with a policy, an audit trail and a KAS of the test's making. */
export function testResources(options: TestResourceOptions, registry: Registry) {
  const memory = memoryStore();
  const store: ResourceStore = { ...memory.store, ...options.store };
  const records: DecisionRecord[] = [];
  const transfers: TransferRecord[] = [];
  const inputs: PolicyInput[] = [];
  const sealing = createSealingKey("ec:secp256r1");
  const enforcement = createEnforcement({
    opa: {
      async decide(input) {
        inputs.push(input);
        return (options.decide ?? (async () => ALLOW))(input);
      },
    },
    audit: { record: options.record ?? (async (...facts) => void records.push(...facts)) },
    revocation: options.revocation ?? { verdict: () => ({ revoked: false, stale: false, ageMs: 0 }) },
    metrics: createResourceMetrics(registry),
  });
  const foreign = options.foreign ?? { find: async () => undefined };
  return {
    ...memory, records, transfers, inputs, rewrap: sealing.rewrap,
    routes: {
      store, enforcement, places: options.places ?? new TransferPlaces(), partnerPlaces: new TransferPlaces(PARTNER_TRANSFERS), transfers: { record: async (...facts: readonly TransferRecord[]) => void transfers.push(...facts) }, documents: createDocuments({ instanceCode: options.instanceCode ?? "USA", store, foreign }), sealingKey: options.sealingKey ?? (async () => sealing.kas),
      ...(options.largestFile === undefined ? {} : { largestFile: options.largestFile }),
    },
  };
}
