import { TokenError, type ServiceMetrics } from "@dive/common";
import type { AuditTrail } from "@dive/common/audit";
import { ProofError } from "@dive/common/dpop";
import { declareRoutePolicies } from "@dive/common/http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Caller, CallerCheck } from "../identity/caller.ts";
import type { KasMetrics } from "../metrics.ts";
import type { KasAuditRecord } from "../rewrap/audit-record.ts";
import { POLICY_ORDER, ROUTE_POLICIES, type RoutePolicy } from "../routes/policies.ts";
import { refusedAttempt } from "../routes/rewrap-route.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who calls, after all checks; `null` on public routes. */
    caller: Caller | null;
  }
}

/** What the policies need. */
export interface RoutePolicyOptions {
  readonly checkCaller: CallerCheck;
  readonly audit: Pick<AuditTrail<KasAuditRecord>, "record">;
  readonly metrics: ServiceMetrics;
  readonly kasMetrics: KasMetrics;
  /** Default: the table of the service. */
  readonly policies?: Readonly<Record<string, RoutePolicy>>;
}

/**
 * Gives every route its policy; an attempt that is refused by it is audited like any other. Call it before any route.
 * @returns the check, to be added as an `onRequest` hook
 */
export function createRoutePolicies(app: FastifyInstance, options: RoutePolicyOptions): (request: FastifyRequest) => Promise<void> {
  const { checkCaller, audit, metrics, kasMetrics, policies = ROUTE_POLICIES } = options;
  app.decorateRequest("caller", null);
  return declareRoutePolicies<RoutePolicy>(app, {
    policies,
    order: POLICY_ORDER,
    enforce: {
      public: async () => undefined,
      "proof-of-possession": async (request: FastifyRequest) => {
        request.caller = await checkCaller(request).catch(async (error: unknown) => {
          const reason = reasonOf(error);
          if (reason !== undefined) metrics.invalidTokens.inc({ reason });
          kasMetrics.keyRequests.inc({ result: "refused" });
          await audit.record(refusedAttempt(request, error));
          throw error;
        });
      },
    },
  });
}

/** Label of the metric, for refusals that are the token's or the proof's fault. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof ProofError) return error.reason;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof TokenError ? cause.reason : undefined;
}
