export { BREAKER_LIMITS, Breaker, BreakerOpenError, type BreakerLimits, type BreakerOptions, type BreakerReport, type BreakerState } from "./breaker.ts";
export { breakerReports, publishBreakers } from "./publish.ts";
