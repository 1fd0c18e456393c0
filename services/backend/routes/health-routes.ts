export { registerHealthRoutes, type HealthRouteOptions } from "@dive/common/http";
