/**
 * Who may call a route: anybody, or who holds a token of this instance's realm that passes every check, or such a one with the realm role
 * `dive-admin`, which administrators have, or `federation-admin`, which the deployment's service account has. The weakest first.
 */
export const POLICY_ORDER = ["public", "authenticated", "dive-admin", "federation-admin"] as const;

/** One of {@link POLICY_ORDER}. */
export type RoutePolicy = (typeof POLICY_ORDER)[number];

/**
 * Every route with its policy. A route that is not here cannot be registered: the service refuses to start
 * (`plugins/route-policy.ts`), so nobody can forget to decide.
 */
export const ROUTE_POLICIES: Readonly<Record<string, RoutePolicy>> = {
  "GET /": "public",
  "GET /status": "public",
  "GET /assets/*": "public",
  "GET /live": "public",
  "GET /ready": "public",
  "GET /health": "public",
  "GET /health/detailed": "public",
  "GET /metrics": "public",
  "GET /openapi.json": "public",
  "GET /api/whoami": "authenticated",
  "GET /api/resources": "authenticated",
  "GET /api/resources/:id": "authenticated",
  "GET /api/resources/:id/download": "authenticated",
  "POST /api/upload": "authenticated",
  "POST /api/auth/logout": "authenticated",
  "POST /api/auth/blacklist-token": "dive-admin",
  // Keycloak calls it; what it says is believed by the signature of its logout token.
  "POST /api/auth/backchannel-logout": "public",
  "POST /api/blacklist/check": "authenticated",
  "GET /api/blacklist/stats": "dive-admin",
  "GET /api/federation/status": "public",
  "PUT /api/federation/spokes/:code": "federation-admin",
  "DELETE /api/federation/spokes/:code": "federation-admin",
};

/** Every route of the exchange, which listens apart: a linked partner's backend, by its client certificate, and nobody else. */
export const EXCHANGE_POLICIES: Readonly<Record<string, "partner-backend">> = {
  "GET /api/federation/resources/:id": "partner-backend",
  "GET /api/federation/resources/:id/payload": "partner-backend",
};
