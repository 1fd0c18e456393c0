export { registerMetricsRoute } from "@dive/common/http";
