export { applyErrorAnswers, type ErrorBody } from "@dive/common/http";
