/** Who may call a route: anybody, or who holds a token of this instance's realm that passes every check. */
export type RoutePolicy = "public" | "authenticated";

/**
 * Every route with its policy. A route that is not here cannot be registered: the service refuses to start
 * (`plugins/route-policy.ts`), so nobody can forget to decide.
 */
export const ROUTE_POLICIES: Readonly<Record<string, RoutePolicy>> = {
  "GET /": "public",
  "GET /live": "public",
  "GET /ready": "public",
  "GET /health": "public",
  "GET /health/detailed": "public",
  "GET /metrics": "public",
  "GET /api/whoami": "authenticated",
};
