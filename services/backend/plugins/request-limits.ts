import rateLimit from "@fastify/rate-limit";
import { DiveError } from "@dive/common";
import type { FastifyInstance, FastifyRequest } from "fastify";

/** How many requests {@link applyRequestLimits} lets through. */
export interface RequestLimits {
  /** Of one person in a minute, over all routes that need a token; of one partner's backend, over the exchange. */
  readonly perMinute: number;
}

/**
 * Limits the requests of each person, whatever their tokens and addresses; counted in this process. Public routes have no limit: behind a
 * published port every caller has the same address. Call it after the policies are applied and before any route is registered.
 */
export async function applyRequestLimits(app: FastifyInstance, { perMinute }: RequestLimits): Promise<void> {
  await app.register(rateLimit, {
    global: true,
    max: perMinute,
    timeWindow: 60_000,
    // After the token was checked.
    hook: "preHandler",
    cache: 10_000,
    allowList: (request) => request.claims === null,
    keyGenerator: personOf,
    errorResponseBuilder: tooMany,
  });
}

/** Limits the requests of each partner's backend, by its certificate. Call it after the partners' policies are applied and before any route. */
export async function applyPartnerLimits(app: FastifyInstance, { perMinute }: RequestLimits): Promise<void> {
  await app.register(rateLimit, {
    global: true,
    max: perMinute,
    timeWindow: 60_000,
    // After the certificate was checked.
    hook: "preHandler",
    keyGenerator: ({ partner }) => partner ?? "",
    errorResponseBuilder: tooMany,
  });
}

const tooMany = (_request: FastifyRequest, { after }: { readonly after: string }): DiveError =>
  new DiveError(`Too many requests; try again in ${after}.`, { code: "DIVE_ERR_RATE_LIMIT", statusCode: 429 });

/** Whom a limit counts: one person of one realm, whatever their tokens; an address where nobody is known. */
export function personOf({ claims, ip }: FastifyRequest): string {
  return claims === null ? ip : `${claims.iss ?? ""} ${claims.sub}`;
}
