/** What a route is for, by "METHOD /path": of those whose own schema does not say it, because other services have them, too. */
export const ROUTE_SUMMARIES: Readonly<Record<string, string>> = {
  "GET /": "The page for people",
  "GET /status": "The page on the state of this instance",
  "GET /live": "The process answers",
  "GET /ready": "Whether it can serve: 200 or 503",
  "GET /health": "Health in one word: 200, or 503 when unhealthy",
  "GET /health/detailed": "Health of each part, and the circuit breakers",
  "GET /metrics": "Metrics in Prometheus' text format",
  "GET /api/whoami": "Who the token says that the caller is",
  "GET /api/federation/status": "Registry and links",
  "PUT /api/federation/spokes/:code": "Registers a spoke",
  "DELETE /api/federation/spokes/:code": "Removes a spoke from the registry",
};
