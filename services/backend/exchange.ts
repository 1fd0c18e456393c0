import type { ServiceMetrics } from "@dive/common";
import type { AuditTrail } from "@dive/common/audit";
import type { FastifyInstance } from "fastify";
import { applyErrorAnswers } from "./plugins/errors.ts";
import { applyPartnerPolicies } from "./plugins/partner-certificate.ts";
import { createRefusalRecorder, type RefusalRecord } from "./plugins/refusal-record.ts";
import { applyRequestFacts } from "./plugins/request-facts.ts";
import { applyPartnerLimits, type RequestLimits } from "./plugins/request-limits.ts";
import type { PartnerBackend } from "./resources/partners.ts";
import { registerExchangeRoutes, type ExchangeRouteOptions } from "./routes/exchange-routes.ts";

/** What the exchange needs from outside. */
export interface ExchangeParts extends ExchangeRouteOptions {
  /** Whose backends may fetch resources. */
  readonly partners: readonly PartnerBackend[];
  /** Ours, PEM. */
  readonly ownAuthorities: readonly string[];
  readonly metrics: ServiceMetrics;
  /** Where refusals are recorded. */
  readonly refusals: Pick<AuditTrail<RefusalRecord>, "record">;
  /** Requests of one partner's backend. */
  readonly limits: RequestLimits;
}

/**
 * Puts policies, errors and routes on the server for partners' backends. The server itself must refuse connections without a certificate of
 * our authority or a partner's; whether it is that partner's own is checked for each request.
 */
export async function equipExchange(app: FastifyInstance, { partners, ownAuthorities, metrics, refusals, limits, ...routes }: ExchangeParts): Promise<FastifyInstance> {
  applyRequestFacts(app, "backend", metrics);
  applyErrorAnswers(app, createRefusalRecorder(refusals));
  applyPartnerPolicies(app, partners, ownAuthorities);
  await applyPartnerLimits(app, limits);
  registerExchangeRoutes(app, routes);
  return app;
}
