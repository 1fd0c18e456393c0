/** Names and addresses of the monitoring stack, as `../endpoints.ts` has them for instances. */
import type { Topology } from "../../config.ts";
import type { MonitoringService } from "../../monitoring-config.ts";
import { publicHost, type Placement } from "../endpoints.ts";
import { sharedPorts } from "../ports.ts";

/** The ports inside the containers. */
export const monitoringContainerPorts = {
  prometheus: 9090, alertmanager: 9093, grafana: 3000, "alert-receiver": 9095, "postgres-exporter": 9187, "redis-exporter": 9121, "node-exporter": 9100, cadvisor: 8080,
} as const satisfies Record<MonitoringService, number>;

/** What people open. */
export type PublishedService = "prometheus" | "alertmanager" | "grafana" | "alert-receiver";

/** Where the monitoring stack of a stack is: all known at preview. */
export interface MonitoringSite extends Placement {
  readonly networkName: string;
  /** `10.<96 + portOffset/1000>.0.0/24`: beside the instances' networks, which begin with `10.<64 + portOffset/1000>`. */
  readonly subnet: string;
  /** Published ports. */
  readonly ports: Readonly<Record<PublishedService, number>>;
  /** Whether pages are published beyond this machine, and so are served over TLS to those with a login only. */
  readonly exposed: boolean;
}

/** The monitoring stack belongs to no instance. */
export const monitoringInstance = "shared";

/** Derives the site from the topology alone. */
export function monitoringSiteOf({ namePrefix, portOffset, bindAddress, stack, root }: Topology): MonitoringSite {
  const instanceName = `${namePrefix}dive-monitoring`;
  return {
    code: monitoringInstance,
    instanceName,
    stack,
    root,
    // Not on an advertised address: what partners need is not for them.
    bindAddresses: [bindAddress],
    networkName: instanceName,
    subnet: `10.${96 + portOffset / 1000}.0.0/24`,
    ports: {
      prometheus: sharedPorts.prometheus + portOffset,
      alertmanager: sharedPorts.alertmanager + portOffset,
      grafana: sharedPorts.grafana + portOffset,
      "alert-receiver": sharedPorts.alertReceiver + portOffset,
    },
    exposed: !bindAddress.startsWith("127."),
  };
}

/** A service's container name, which is also its DNS name on the monitoring network. */
export function monitoringHost(site: MonitoringSite, service: MonitoringService): string {
  return `${site.instanceName}-${service}`;
}

/** `host:port` of a service on the monitoring network. */
export function monitoringAddress(site: MonitoringSite, service: MonitoringService): string {
  return `${monitoringHost(site, service)}:${monitoringContainerPorts[service]}`;
}

/** The protocol of a published service: plain HTTP on the loopback address only; the alert receiver always speaks TLS. */
export function schemeOf(site: MonitoringSite, service: PublishedService): "http" | "https" {
  return site.exposed || service === "alert-receiver" ? "https" : "http";
}

/** The address under which people open a service. */
export function publicUrl(site: MonitoringSite, service: PublishedService): string {
  return `${schemeOf(site, service)}://${publicHost}:${site.ports[service]}`;
}
