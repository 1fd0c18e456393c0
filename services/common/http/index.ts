export { applyErrorAnswers, type ErrorBody, type Refusal } from "./errors.ts";
export { registerHealthRoutes, type HealthRouteOptions } from "./health-routes.ts";
export { registerMetricsRoute } from "./metrics-route.ts";
export { applyRequestFacts, requestId } from "./request-facts.ts";
export { declareRoutePolicies, type RoutePolicyTable } from "./route-policy.ts";
