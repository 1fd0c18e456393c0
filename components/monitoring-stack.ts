/** The monitoring stack: Prometheus, Alertmanager, Grafana and the exporters, over every instance of the topology. */
import * as pulumi from "@pulumi/pulumi";
import * as docker from "@pulumi/docker";
import type { CertificateAuthority } from "../config.ts";
import { HealthCheck } from "../dynamic/health-check/resource.ts";
import { MONITORING_IMAGES, OPTIONAL_MONITORING_IMAGES, type ImageName } from "../images.ts";
import type { MonitoringConfig } from "../monitoring-config.ts";
import { ImageSet } from "./image-set.ts";
import { labelsFor } from "./labels.ts";
import { makeAlertReceiver } from "./monitoring/alert-receiver.ts";
import { makeAlertmanager } from "./monitoring/alertmanager.ts";
import { monitoringLeaf, type MonitoringContext } from "./monitoring/context.ts";
import { publicUrl, type MonitoringSite } from "./monitoring/endpoints.ts";
import { makeCadvisor, makeNodeExporter, makePostgresExporter, makeRedisExporter, type MonitoredInstance } from "./monitoring/exporters.ts";
import { makeGrafana } from "./monitoring/grafana.ts";
import { makePrometheus } from "./monitoring/prometheus.ts";
import { login } from "./monitoring/scrape-config.ts";
import { generatedPassword } from "./parts/password.ts";

/** Arguments of {@link MonitoringStack}. */
export interface MonitoringStackArgs {
  readonly site: MonitoringSite;
  readonly config: MonitoringConfig;
  /** Every instance, the hub first. */
  readonly instances: readonly MonitoredInstance[];
  /** Of the user `monitor` on the hub's blacklist. */
  readonly blacklistMonitorPassword: pulumi.Output<string>;
  readonly authority: CertificateAuthority;
  /** Where the instances' backends and KAS are. */
  readonly sharedNetwork: docker.Network;
}

/** How to open the monitoring stack. */
export interface MonitoringAccess {
  readonly prometheusUrl: string;
  readonly alertmanagerUrl: string;
  readonly alertReceiverUrl: string;
  /** Undefined where Grafana does not run. */
  readonly grafanaUrl?: string;
  /** The login of every page, where they are exposed beyond this machine. */
  readonly login?: { readonly username: string; readonly password: pulumi.Output<string> };
}

/** Watches a whole stack. It is complete when Prometheus and Alertmanager have said that they are ready. */
export class MonitoringStack extends pulumi.ComponentResource {
  readonly access: MonitoringAccess;

  constructor(name: string, args: MonitoringStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:MonitoringStack", name, {}, opts);
    const { site, config, instances, authority, sharedNetwork } = args;
    const parent = this;
    const optional = (["grafana", "containers"] as const).filter((setting) => config[setting]);
    const network = new docker.Network(
      `${name}-network`,
      { name: site.networkName, ipamConfigs: [{ subnet: site.subnet }], labels: labelsFor(site, "network") },
      { parent, deleteBeforeReplace: true },
    );
    const context: MonitoringContext = {
      site,
      config,
      name,
      authority,
      images: new ImageSet<ImageName>(`${name}-image`, [...MONITORING_IMAGES, ...optional.map((setting) => OPTIONAL_MONITORING_IMAGES[setting])], { parent }).ids,
      network,
      leaf: monitoringLeaf(name, site, authority, parent),
      loginPassword: generatedPassword(`${name}-login-password`, { parent }),
      parent,
    };
    const webhookToken = generatedPassword(`${name}-webhook-token`, { parent });
    const topology = { monitoring: site, sites: instances.map((instance) => instance.site), containers: config.containers, grafana: config.grafana };

    const prometheus = makePrometheus(context, topology, sharedNetwork);
    const alertmanager = makeAlertmanager(context, webhookToken);
    const receiver = makeAlertReceiver(context, webhookToken);
    makePostgresExporter(context, instances);
    makeRedisExporter(context, instances, args.blacklistMonitorPassword, sharedNetwork);
    makeNodeExporter(context);
    if (config.containers) makeCadvisor(context);
    if (config.grafana) makeGrafana(context);

    new HealthCheck(
      `${name}-health`,
      {
        url: `${publicUrl(site, "alert-receiver")}/health/detailed`,
        caCertificate: authority.certificatePem,
        triggers: [prometheus, alertmanager, receiver].map((workload) => workload.container.id),
      },
      { parent },
    );
    this.access = {
      prometheusUrl: publicUrl(site, "prometheus"),
      alertmanagerUrl: publicUrl(site, "alertmanager"),
      alertReceiverUrl: publicUrl(site, "alert-receiver"),
      ...(config.grafana ? { grafanaUrl: publicUrl(site, "grafana") } : {}),
      ...(site.exposed ? { login: { username: login.username, password: context.loginPassword } } : {}),
    };
    this.registerOutputs({ access: this.access });
  }
}
