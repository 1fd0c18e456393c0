import { history, lines, numbers, table, unit, type BoardModel } from "../model.ts";

const ends = 'source=~"$instance"';

/** `federation-metrics`: links between instances, and their objective. */
export const federation: BoardModel = {
  title: "Federation metrics",
  description: "Links of which a chosen instance is the source, and how they keep their objective.",
  rows: [
    {
      title: "Links",
      panels: [
        history("Links", "up: both ends know that people of the source can begin a sign-in at the target", `min by (source, target) (dive_v3_federation_link_up{${ends}})`, "{{source}} to {{target}}", "upDown", "FederationLinkDown"),
        history("Real sign-ins", "Whether the last one of the source's probe user at the target succeeded; one every five minutes", `min by (source, target) (dive_v3_federation_verification_success{${ends}})`, "{{source}} to {{target}}", "upDown", "FederationVerificationFailing"),
        history("Brokers", "Whether the target's realm has the source's broker, enabled", `min by (source, target) (dive_v3_idp_configured{${ends}})`, "{{source}} at {{target}}", "upDown", "IdPNotConfigured"),
        history("Circuits of links", "An open circuit is not tried until its cool-down is over", 'max by (site, instance) (dive_v3_circuit_breaker_state{circuit="federation-link", site=~"$instance"})', "{{site}} to {{instance}}", "circuit", "FederationCircuitOpen"),
      ],
    },
    {
      title: "Speed",
      panels: [
        lines("Checks", "95 % of the checks of five minutes took less", unit.seconds, `source_target:dive_v3_federation_latency_seconds:p95_5m{${ends}}`, "{{source}} to {{target}}", { red: { from: 1 }, alert: "FederationLatencyHigh" }),
        lines("Sign-ins", "Seconds that the last real sign-in took", unit.seconds, `max by (source, target) (dive_v3_federation_latency_seconds{check="verification", ${ends}})`, "{{source}} to {{target}}", { red: { from: 10 } }),
      ],
    },
    {
      title: "Objective: up 99.9 % of the time",
      panels: [
        lines("Speed at which the error budget is used up", "1: exactly what the objective allows; over one hour and over six", unit.count, "dive:dive_v3_federation_link_errors:ratio_1h / 0.001", "1 h", { red: { from: 14.4 }, alert: "FederationErrorBudgetBurnFast" }),
        numbers("Up within three days", "Share of the time, of all links", unit.ratio, "1 - dive:dive_v3_federation_link_errors:ratio_3d", "links", { red: { below: 0.999 }, alert: "FederationErrorBudgetBurnSlow" }),
        table("Certificates of services", "Seconds until they end", unit.seconds, 'min by (instance, service) (dive_v3_certificate_expiry_seconds{instance=~"$instance|shared"})', "", { red: { below: 30 * 86_400 }, alert: "CertificateExpiringSoon" }),
      ],
    },
  ],
};
