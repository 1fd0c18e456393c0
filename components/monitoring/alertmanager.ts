/** Alertmanager: groups, silences and forwards the alerts that Prometheus tells it. */
import * as pulumi from "@pulumi/pulumi";
import { filesPath, type Workload } from "../workload.ts";
import { makeService, monitoringTlsFiles, type MonitoringContext } from "./context.ts";
import { monitoringAddress, monitoringContainerPorts, publicUrl } from "./endpoints.ts";
import { exposedWebConfig } from "./web-config.ts";

/** Makes the server; it shows `webhookToken` to the alert receiver. */
export function makeAlertmanager(context: MonitoringContext, webhookToken: pulumi.Output<string>): Workload {
  const { site, config } = context;
  return makeService(context, "alertmanager", {
    user: "65534:0",
    command: [
      `--config.file=${filesPath}/alertmanager.yml`,
      "--storage.path=/alertmanager",
      // One alone: nobody to gossip with.
      "--cluster.listen-address=",
      `--web.listen-address=:${monitoringContainerPorts.alertmanager}`,
      `--web.external-url=${publicUrl(site, "alertmanager")}`,
      ...(site.exposed ? [`--web.config.file=${filesPath}/web.yml`] : []),
    ],
    files: {
      ...monitoringTlsFiles(context),
      "alertmanager.yml": { content: alertmanagerConfig(`https://${monitoringAddress(site, "alert-receiver")}/alerts`, config) },
      "webhook-token": { content: webhookToken },
      ...(site.exposed ? { "web.yml": { content: exposedWebConfig(context.loginPassword) } } : {}),
    },
    dataPath: "/alertmanager",
  });
}

function alertmanagerConfig(url: string, { groupWaitSeconds, groupIntervalSeconds }: MonitoringContext["config"]): string {
  const http_config = { authorization: { credentials_file: `${filesPath}/webhook-token` }, tls_config: { ca_file: `${filesPath}/ca.crt` } };
  return JSON.stringify({ route: { receiver: "default", group_by: ["alertname", "instance"], group_wait: `${groupWaitSeconds}s`, group_interval: `${groupIntervalSeconds}s` }, receivers: [{ name: "default", webhook_configs: [{ url, send_resolved: true, http_config }] }] });
}
