/** Our own receiver of alerts: keeps the last ones, shows them, and says whether Prometheus and Alertmanager are ready. */
import type * as pulumi from "@pulumi/pulumi";
import { filesPath, type Workload } from "../workload.ts";
import { makeService, monitoringTlsFiles, type MonitoringContext } from "./context.ts";
import { monitoringAddress, monitoringContainerPorts, schemeOf } from "./endpoints.ts";
import { login } from "./scrape-config.ts";

/** Makes the service; Alertmanager shows `webhookToken`. */
export function makeAlertReceiver(context: MonitoringContext, webhookToken: pulumi.Output<string>): Workload {
  const { site } = context;
  const base = (service: "prometheus" | "alertmanager") => `${schemeOf(site, service)}://${monitoringAddress(site, service)}`;
  return makeService(context, "alert-receiver", {
    user: "1000:0",
    environment: {
      PORT: `${monitoringContainerPorts["alert-receiver"]}`,
      TLS_CERT_FILE: `${filesPath}/tls.crt`,
      TLS_KEY_FILE: `${filesPath}/tls.key`,
      CA_FILE: `${filesPath}/ca.crt`,
      PROMETHEUS_URL: base("prometheus"),
      ALERTMANAGER_URL: base("alertmanager"),
      WEBHOOK_TOKEN_FILE: `${filesPath}/webhook-token`,
      ...(site.exposed ? { LOGIN_USERNAME: login.username, LOGIN_PASSWORD_FILE: `${filesPath}/login-password` } : {}),
    },
    files: {
      ...monitoringTlsFiles(context),
      "webhook-token": { content: webhookToken },
      ...(site.exposed ? { "login-password": { content: context.loginPassword } } : {}),
    },
  });
}
