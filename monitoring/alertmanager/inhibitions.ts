/** What need not be told because another alert says it already, or says why. */

/** While an alert called `source` fires, those that `targets` match are held back, where the labels `equal` have the same values. */
export interface Inhibition {
  readonly source: string;
  readonly targets: readonly string[];
  readonly equal: readonly string[];
}

/** Names of one matcher: any of them. */
const anyOf = (...alerts: readonly string[]) => [`alertname=~"${alerts.join("|")}"`];
/** A service's word that a part is down, and its circuit to it. */
const partDown = (source: string, part: string, equal: readonly string[]): Inhibition[] => [
  { source, targets: ['alertname="ServiceUnhealthy"', `part="${part}"`], equal },
  { source, targets: ['alertname=~"CircuitBreakerOpen|CircuitBreakerHalfOpen|CircuitBreakerFlapping"', `service="${part}"`], equal },
];
const own = ["instance"];
const everywhere: readonly string[] = [];

/** Every inhibition; that a warning is held back by the same alert as critical comes from the configuration itself. */
export const INHIBITIONS: readonly Inhibition[] = [
  // Of links and revocation at spokes: nothing can be told that the hub's absence does not explain.
  { source: "HubNotReady", targets: ['depends_on="hub"'], equal: everywhere },
  { source: "BackendAPIDown", targets: anyOf("HighErrorRate", "HighRequestLatency", "EventLoopBlocked", "ServiceUnhealthy", "ScrapeSlow"), equal: ["instance", "service"] },
  { source: "BackendAPIDown", targets: anyOf("AuthorizationLatencyHigh", "FederationUnreported"), equal: own },
  { source: "KASDown", targets: ['alertname=~"KAS.+"', 'alertname!="KASDown"'], equal: own },
  ...["BackendAPIDown", "KASDown", "OrchestrationDBDown", "AlertmanagerMissing"].map((source) => ({ source, targets: anyOf("TargetDown"), equal: ["instance", "service"] })),
  ...partDown("OPADown", "opa", own),
  { source: "OPADown", targets: anyOf("AuthorizationUnavailable", "AuthorizationLatencyHigh", "KASRequestsFailing", "HighErrorRate"), equal: own },
  ...partDown("MongoDBConnectionIssues", "mongodb", own),
  { source: "MongoDBConnectionIssues", targets: anyOf("KASRequestsFailing", "HighErrorRate"), equal: own },
  ...partDown("KeycloakDegraded", "keycloak", own),
  ...partDown("KASDown", "kas", own),
  ...partDown("RedisDown", "redis", own),
  ...partDown("BlacklistRedisDown", "blacklistRedis", everywhere),
  { source: "BlacklistRedisDown", targets: anyOf("RevocationViewStale"), equal: everywhere },
  { source: "OrchestrationDBDown", targets: anyOf("KeycloakDegraded", "StateTransitionFailures", "FederationUnreported"), equal: own },
  { source: "FederationLinkDown", targets: anyOf("FederationVerificationFailing", "FederationLatencyHigh", "IdPNotConfigured"), equal: ["source", "target"] },
  { source: "CertificateExpired", targets: anyOf("CertificateExpiringSoon"), equal: ["instance", "service"] },
  { source: "SpokeDeploymentFailed", targets: anyOf("DeploymentDurationHigh"), equal: own },
  { source: "FederationErrorBudgetBurnFast", targets: anyOf("FederationErrorBudgetBurnSlow"), equal: everywhere },
  { source: "DeploymentErrorBudgetBurnFast", targets: anyOf("DeploymentErrorBudgetBurnSlow"), equal: everywhere },
];
