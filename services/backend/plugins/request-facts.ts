export { applyRequestFacts, requestId } from "@dive/common/http";
