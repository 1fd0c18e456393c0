export { DecisionUnavailableError, createOpaClient, type Decision, type OpaClient, type OpaClientOptions } from "./opa-client.ts";
export { authenticationOf, subjectOf, type PolicyAction, type PolicyContext, type PolicyInput, type PolicyResource, type PolicySubject } from "./policy-input.ts";
