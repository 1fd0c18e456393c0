import type { FastifyInstance, FastifyRequest } from "fastify";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Name of the route's policy, set when the route is registered. */
    routePolicy?: string;
  }
}

/** Settings of {@link declareRoutePolicies}. */
export interface RoutePolicyTable<Policy extends string> {
  /** Policy of each route by "METHOD /path". */
  readonly policies: Readonly<Record<string, Policy>>;
  /** All policies, the weakest first: a route for several methods takes the strictest of theirs. */
  readonly order: readonly Policy[];
  /** Runs before anything else reads the request; throws to refuse it. */
  readonly enforce: Readonly<Record<Policy, (request: FastifyRequest) => Promise<void>>>;
}

/**
 * Gives every route of the application its policy: one without an entry is an error at registration, so nobody can
 * forget to decide. Call it before anything registers a route.
 * @returns the check, to be added as an `onRequest` hook before any that reads the request
 */
export function declareRoutePolicies<Policy extends string>(
  app: FastifyInstance, { policies, order, enforce }: RoutePolicyTable<Policy>,
): (request: FastifyRequest) => Promise<void> {
  app.addHook("onRoute", (route) => {
    const methods = Array.isArray(route.method) ? route.method : [route.method];
    const ranks = methods.map((method) => order.indexOf(requirePolicy(policies, `${method} ${route.url}`)));
    const strictest = order[Math.max(...ranks)];
    if (strictest === undefined) throw new Error(`The policy of ${methods.join(", ")} ${route.url} is not one of ${order.join(", ")}`);
    route.config = { ...route.config, routePolicy: strictest };
  });
  return async (request) => {
    if (request.is404) return;
    const policy = order.find((name) => name === request.routeOptions.config.routePolicy);
    if (policy === undefined) throw new Error(`${request.method} ${request.routeOptions.url ?? ""} was reached without a policy`);
    await enforce[policy](request);
  };
}

function requirePolicy<Policy extends string>(policies: Readonly<Record<string, Policy>>, route: string): Policy {
  const policy = policies[route];
  if (policy === undefined) throw new Error(`Route ${route} has no policy: add it to the service's table of route policies`);
  return policy;
}
