/** Who may call a route: anybody, or who holds a token of the federation and proves possession of a key. */
export type RoutePolicy = "public" | "proof-of-possession";

/** All policies, the weakest first. */
export const POLICY_ORDER = ["public", "proof-of-possession"] as const satisfies readonly RoutePolicy[];

/** Every route with its policy. A route that is not here cannot be registered. */
export const ROUTE_POLICIES: Readonly<Record<string, RoutePolicy>> = {
  "GET /live": "public",
  "GET /ready": "public",
  "GET /health": "public",
  "GET /health/detailed": "public",
  "GET /metrics": "public",
  "GET /kas/v2/kas_public_key": "public",
  "POST /kas/v2/rewrap": "proof-of-possession",
  // Preflight requests of partners' pages (CORS), for any path.
  "OPTIONS *": "public",
};
