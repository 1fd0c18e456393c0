import { bearerToken, TokenError, type ServiceMetrics, type TokenVerifier, type VerifiedClaims } from "@dive/common";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { ROUTE_POLICIES, type RoutePolicy } from "../routes/policies.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** From `ROUTE_POLICIES`, set when the route is registered. */
    policy?: RoutePolicy;
  }
  interface FastifyRequest {
    /** Claims of the caller's token after all checks; `null` on public routes. */
    claims: VerifiedClaims | null;
  }
}

/** What the policy needs. */
export interface RoutePolicyOptions {
  readonly verifyToken: TokenVerifier;
  readonly metrics: ServiceMetrics;
  /** Policies by "METHOD /path". Default: the table of the service. */
  readonly policies?: Readonly<Record<string, RoutePolicy>>;
}

/**
 * Applies the table of policies to the whole application: a route without an entry is an error at registration, and a
 * request to one that is not public passes the token check before anything else reads it.
 * Register before any route.
 */
export function applyRoutePolicies(app: FastifyInstance, { verifyToken, metrics, policies = ROUTE_POLICIES }: RoutePolicyOptions): void {
  app.decorateRequest("claims", null);
  app.addHook("onRoute", (route) => {
    const methods = Array.isArray(route.method) ? route.method : [route.method];
    const found = methods.map((method) => requirePolicy(policies, `${method} ${route.url}`));
    // One route for several methods has one configuration, so it takes the strictest of their policies.
    const policy = found.includes("authenticated") ? "authenticated" : "public";
    route.config = { ...route.config, policy };
  });
  app.addHook("onRequest", async (request) => {
    if (request.is404 || request.routeOptions.config.policy === "public") return;
    request.claims = await authenticate(request, verifyToken, metrics);
  });
}

function requirePolicy(policies: Readonly<Record<string, RoutePolicy>>, route: string): RoutePolicy {
  const policy = policies[route];
  if (policy === undefined) {
    throw new Error(`Route ${route} has no policy: add it to ROUTE_POLICIES in routes/policies.ts as public or authenticated`);
  }
  return policy;
}

async function authenticate(request: FastifyRequest, verifyToken: TokenVerifier, metrics: ServiceMetrics): Promise<VerifiedClaims> {
  try {
    return await verifyToken(bearerToken(request.headers.authorization));
  } catch (error) {
    if (error instanceof TokenError) {
      metrics.invalidTokens.inc({ reason: error.reason });
      request.log.info({ event: "token_refused", code: error.code }, error.message);
    }
    throw error;
  }
}
