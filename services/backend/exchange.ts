import type { ServiceMetrics } from "@dive/common";
import type { FastifyInstance } from "fastify";
import { applyErrorAnswers } from "./plugins/errors.ts";
import { applyPartnerPolicies } from "./plugins/partner-certificate.ts";
import { applyRequestFacts } from "./plugins/request-facts.ts";
import type { PartnerBackend } from "./resources/partners.ts";
import { registerExchangeRoutes, type ExchangeRouteOptions } from "./routes/exchange-routes.ts";

/** What the exchange needs from outside. */
export interface ExchangeParts extends ExchangeRouteOptions {
  /** Whose backends may fetch resources. */
  readonly partners: readonly PartnerBackend[];
  readonly metrics: ServiceMetrics;
}

/**
 * Puts policies, errors and routes on the server for partners' backends. The server itself must refuse connections without a certificate of
 * our authority; which of its names is a partner's is checked for each request.
 */
export function equipExchange(app: FastifyInstance, { partners, metrics, ...routes }: ExchangeParts): FastifyInstance {
  applyRequestFacts(app, "backend", metrics);
  applyErrorAnswers(app);
  applyPartnerPolicies(app, partners);
  registerExchangeRoutes(app, routes);
  return app;
}
