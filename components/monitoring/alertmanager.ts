/** Alertmanager: groups, silences and forwards the alerts that Prometheus tells it. */
import type * as pulumi from "@pulumi/pulumi";
import { alertmanagerConfig } from "../../monitoring/alertmanager/config.ts";
import { filesPath, type Workload } from "../workload.ts";
import { alertTargets } from "./alert-targets.ts";
import { makeService, monitoringTlsFiles, type MonitoringContext } from "./context.ts";
import { monitoringAddress, monitoringContainerPorts, publicUrl } from "./endpoints.ts";
import { exposedWebConfig } from "./web-config.ts";

/** Makes the server; it shows `webhookToken` to the alert receiver. */
export function makeAlertmanager(context: MonitoringContext, webhookToken: pulumi.Output<string>): Workload {
  const { site, config } = context;
  const targets = alertTargets(config.receivers);
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
      "alertmanager.yml": {
        content: alertmanagerConfig({
          webhook: { url: `https://${monitoringAddress(site, "alert-receiver")}/alerts`, tokenFile: `${filesPath}/webhook-token`, caFile: `${filesPath}/ca.crt` },
          ...targets.settings,
          groupWaitSeconds: config.groupWaitSeconds,
          groupIntervalSeconds: config.groupIntervalSeconds,
        }),
        mode: "0644",
      },
      "webhook-token": { content: webhookToken },
      ...targets.files,
      ...(site.exposed ? { "web.yml": { content: exposedWebConfig(context.loginPassword) } } : {}),
    },
    dataPath: "/alertmanager",
  });
}
