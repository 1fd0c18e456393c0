import { lines, numbers, red, table, unit, type BoardModel } from "../model.ts";

const chosen = 'instance=~"$instance"';

/** `compliance-overview`: what an auditor asks for. The audit records themselves are in each instance's MongoDB. */
export const compliance: BoardModel = {
  title: "Compliance overview",
  description: "What an auditor asks for, in numbers. Each decision itself is in the audit records of its instance.",
  rows: [
    {
      title: "Who was kept out",
      panels: [
        table("Denials by reason", "Within a day", unit.count, `sum by (instance, service, reason) (increase(dive_v3_authorization_decisions_total{decision="deny", ${chosen}}[1d]))`, "", { alert: "HighDenialRate" }),
        table("Tokens refused by reason", "Within a day", unit.count, `sum by (instance, service, reason) (increase(dive_v3_invalid_tokens_total{${chosen}}[1d]))`, "", { alert: "HighInvalidTokenRate" }),
        table("Revocations by kind", "Within a day, made at the instance", unit.count, `sum by (instance, kind) (increase(dive_v3_revocations_total{${chosen}}[1d]))`, ""),
        lines("Tokens refused", "A second", unit.perSecond, `sum by (instance, service) (rate(dive_v3_invalid_tokens_total{${chosen}}[$__rate_interval]))`, "{{instance}} {{service}}", { red: { from: 0.5 }, alert: "HighInvalidTokenRate" }),
      ],
    },
    {
      title: "Controls in force",
      panels: [
        lines("Age of the revocation view", "Beyond 5 s only what is UNCLASSIFIED is served", unit.seconds, `max by (instance, service) (dive_v3_revocation_view_age_seconds{${chosen}})`, "{{instance}} {{service}}", { red: red.stale, alert: "RevocationViewStale" }),
        numbers("Certificate that ends first", "Time that it has left", unit.seconds, `min by (instance) (dive_v3_certificate_expiry_seconds{instance=~"$instance|shared"})`, "{{instance}}", { red: red.expiring, alert: "CertificateExpiringSoon" }),
        numbers("Requests without a decision", "Within a day; every one was refused", unit.count, `sum(increase(dive_v3_authorization_decisions_total{decision="unavailable", ${chosen}}[1d])) or vector(0)`, "requests", { red: red.anything, alert: "AuthorizationUnavailable" }),
        numbers("Alerts about security", "That fire now", unit.count, 'count(ALERTS{alertstate="firing", component="security"}) or vector(0)', "alerts", { red: red.slow }),
        numbers("Alerts delivered", "Since the receiver began, by status", unit.count, "sum by (status) (dive_v3_alerts_received_total)", "{{status}}", { alert: "AlertDeliveryFailing" }),
      ],
    },
  ],
};
