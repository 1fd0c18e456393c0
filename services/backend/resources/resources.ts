import { createClientAgent, type Logger, type ServiceMetrics, type TlsIdentity } from "@dive/common";
import { createAuditTrail } from "@dive/common/audit";
import { BREAKER_LIMITS, Breaker } from "@dive/common/breaker";
import { createKasProbe, createTrustingFetch } from "@dive/common/kas-client";
import type { MongoConnection } from "@dive/common/mongodb";
import type { OpaClient } from "@dive/common/opa";
import type { RevocationCheck } from "@dive/common/revocation";
import type { BackendConfig } from "../config.ts";
import type { RefusalRecord } from "../plugins/refusal-record.ts";
import type { DecisionRecord, TransferRecord } from "./decision-record.ts";
import { createDocuments } from "./documents.ts";
import { createEnforcement } from "./enforcement.ts";
import { createForeignDocuments } from "./foreign.ts";
import { keepHot } from "./hot-resources.ts";
import { createResourceMetrics } from "./metrics.ts";
import { OrphanClearing } from "./orphan-clearing.ts";
import { authorityOf, type PartnerBackend } from "./partners.ts";
import { createResourceStore } from "./resource-store.ts";
import { createSealingKey } from "./sealing-key.ts";
import { PARTNER_TRANSFERS, TransferPlaces } from "./transfer-places.ts";

/** Collection of the records of decisions, in the instance's database. */
const AUDIT_COLLECTION = "audit";

/** What {@link createResources} is made with. */
export interface ResourcesOptions {
  readonly config: BackendConfig;
  /** The list that follows who the partners are. */
  readonly partners: readonly PartnerBackend[];
  readonly identity: TlsIdentity;
  readonly mongodb: MongoConnection;
  readonly opa: OpaClient;
  readonly revocation: RevocationCheck;
  readonly metrics: ServiceMetrics;
  readonly logger: Logger;
}

/** The part of the backend that keeps resources, with its connections. */
export function createResources({ config, partners, identity, mongodb, opa, revocation, metrics, logger }: ResourcesOptions) {
  // The KAS asks for no client certificate, so it is not shown ours.
  const kasAgent = createClientAgent({ ca: identity.ca });
  const partnersAgent = createClientAgent({
    ...identity,
    ca: (origin) => authorityOf(partners.find(({ url }) => new URL(url).origin === origin), identity.ca),
  });
  const kasProbe = createKasProbe(config.KAS_URL, kasAgent);
  const mongodbBreaker = new Breaker({ name: "mongodb", ...BREAKER_LIMITS.mongodb, probe: (signal) => mongodb.ping(signal) });
  const kasBreaker = new Breaker({ name: "kas", ...BREAKER_LIMITS.kas, probe: kasProbe });
  const store = createResourceStore(() => mongodb.client.db(), mongodbBreaker);
  const audit = createAuditTrail<DecisionRecord | TransferRecord | RefusalRecord>({ collection: () => mongodb.client.db().collection(AUDIT_COLLECTION), breaker: mongodbBreaker });
  const enforcement = createEnforcement({ opa, audit, revocation, metrics: createResourceMetrics(metrics.registry) });
  const clearing = new OrphanClearing({ store, logger });
  return {
    /** What the routes work on. */
    routes: {
      store,
      enforcement,
      places: new TransferPlaces(),
      partnerPlaces: new TransferPlaces(PARTNER_TRANSFERS),
      documents: createDocuments({ instanceCode: config.INSTANCE_CODE, store: keepHot(store), foreign: createForeignDocuments(partners, partnersAgent) }),
      transfers: audit,
      sealingKey: createSealingKey({ url: config.KAS_URL, publicUrl: config.KAS_PUBLIC_URL, fetch: createTrustingFetch(kasAgent), breaker: kasBreaker }),
    },
    /** Where refusals are recorded. */
    refusals: audit,
    breakers: [mongodbBreaker, kasBreaker],
    /** The KAS's own word on its health. */
    kasProbe,
    start: () => clearing.start(),
    async stop(): Promise<void> {
      await clearing.stop();
      await Promise.all([kasAgent.destroy(), partnersAgent.destroy()]);
    },
  };
}
