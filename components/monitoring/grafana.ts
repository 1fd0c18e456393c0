/** Grafana: the dashboards of `monitoring/grafana` on Prometheus' data. Its official image alone: there is no stand-in for it. */
import * as pulumi from "@pulumi/pulumi";
import { dashboardNames, datasourceUid } from "../../monitoring/grafana/names.ts";
import { filesPath, type Workload, type WorkloadFile } from "../workload.ts";
import { makeService, monitoringTlsFiles, type MonitoringContext } from "./context.ts";
import { monitoringAddress, publicUrl, schemeOf, type MonitoringSite } from "./endpoints.ts";
import { login } from "./scrape-config.ts";

/** Makes the server. On the loopback address everybody may look; the login `monitoring` may change things, and elsewhere is needed to look. */
export function makeGrafana(context: MonitoringContext): Workload {
  const { site } = context;
  return makeService(context, "grafana", {
    user: "472:0",
    environment: {
      GF_PATHS_PROVISIONING: `${filesPath}/provisioning`,
      GF_SERVER_ROOT_URL: publicUrl(site, "grafana"),
      ...(site.exposed ? { GF_SERVER_PROTOCOL: "https", GF_SERVER_CERT_FILE: `${filesPath}/tls.crt`, GF_SERVER_CERT_KEY: `${filesPath}/tls.key`, GF_SECURITY_COOKIE_SECURE: "true" } : {}),
      GF_AUTH_ANONYMOUS_ENABLED: `${!site.exposed}`,
      GF_AUTH_ANONYMOUS_ORG_ROLE: "Viewer",
      GF_SECURITY_ADMIN_USER: login.username,
      GF_SECURITY_ADMIN_PASSWORD__FILE: `${filesPath}/login-password`,
      // Nothing is asked of or told to anybody outside.
      GF_ANALYTICS_REPORTING_ENABLED: "false",
      GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
      GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
      GF_PLUGINS_PREINSTALL_DISABLED: "true",
    },
    files: {
      ...monitoringTlsFiles(context),
      "login-password": { content: context.loginPassword },
      "provisioning/datasources/prometheus.yml": { content: datasource(site, context.loginPassword, context.authority.certificatePem) },
      "provisioning/dashboards/dive.yml": { content: dashboardProvider, mode: "0644" },
      ...dashboardFiles(),
    },
    dataPath: "/var/lib/grafana",
  });
}

function datasource(site: MonitoringSite, password: pulumi.Output<string>, ca: string): pulumi.Output<string> {
  const source = { name: "Prometheus", uid: datasourceUid, type: "prometheus", access: "proxy", isDefault: true, editable: false, url: `${schemeOf(site, "prometheus")}://${monitoringAddress(site, "prometheus")}` };
  const asFile = (datasource: object) => JSON.stringify({ apiVersion: 1, datasources: [datasource] });
  if (!site.exposed) return pulumi.output(asFile(source));
  return pulumi.secret(
    password.apply((secret) =>
      asFile({ ...source, basicAuth: true, basicAuthUser: login.username, jsonData: { tlsAuthWithCACert: true }, secureJsonData: { basicAuthPassword: secret, tlsCACert: ca } }),
    ),
  );
}

const dashboardProvider = JSON.stringify({
  apiVersion: 1,
  providers: [{ name: "dive", type: "file", folder: "DIVE", allowUiUpdates: false, disableDeletion: true, options: { path: `${filesPath}/dashboards` } }],
});

/** The dashboards, as JSON files. What draws them is loaded only here: it is large, and most runs need none. */
function dashboardFiles(): Record<string, WorkloadFile> {
  const rendered = import("../../monitoring/grafana/dashboards.ts").then(({ renderDashboards }) => renderDashboards());
  return Object.fromEntries(dashboardNames.map((name) => [`dashboards/${name}.json`, { content: pulumi.output(rendered.then((all) => JSON.stringify(all[name]))), mode: "0644" }]));
}
