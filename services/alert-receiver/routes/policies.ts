/** Who may call a route: everybody, whoever may read, or Alertmanager. */
export type RoutePolicy = "public" | "reader" | "webhook";

/** The weakest first. */
export const POLICY_ORDER: readonly RoutePolicy[] = ["public", "reader", "webhook"];

/** The policy of each route. */
export const ROUTE_POLICIES: Readonly<Record<string, RoutePolicy>> = {
  "GET /live": "public",
  "GET /ready": "public",
  "GET /health": "public",
  "GET /health/detailed": "public",
  "GET /metrics": "public",
  "GET /": "reader",
  "GET /alerts": "reader",
  "POST /alerts": "webhook",
};
