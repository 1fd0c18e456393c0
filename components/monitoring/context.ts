import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "../../config.ts";
import type { ImageName } from "../../images.ts";
import type { MonitoringConfig, MonitoringService } from "../../monitoring-config.ts";
import { leafCertificate, type Leaf } from "../certificates.ts";
import { publicHost } from "../endpoints.ts";
import { Workload, type WorkloadArgs, type WorkloadFile } from "../workload.ts";
import { monitoringContainerPorts, monitoringHost, type MonitoringSite, type PublishedService } from "./endpoints.ts";

/** What every part of the monitoring stack is built from. */
export interface MonitoringContext {
  readonly site: MonitoringSite;
  readonly config: MonitoringConfig;
  /** Prefix of the Pulumi names of the stack's resources. */
  readonly name: string;
  readonly authority: CertificateAuthority;
  readonly images: Readonly<Partial<Record<ImageName, pulumi.Output<string>>>>;
  /** The monitoring stack's own network. */
  readonly network: docker.Network;
  /** The leaf of all of its servers. */
  readonly leaf: Leaf;
  /** Password of the login `monitoring`, by which people read what is published beyond this machine. */
  readonly loginPassword: pulumi.Output<string>;
  /** The component that owns the parts. */
  readonly parent: pulumi.Resource;
}

/**
 * One leaf for every server of the monitoring stack, good for each one's container name: they are one operator's on one network, and a
 * leaf each would be three resources more for each of them.
 */
export function monitoringLeaf(name: string, site: MonitoringSite, authority: CertificateAuthority, parent: pulumi.Resource): Leaf {
  const hosts = (Object.keys(monitoringContainerPorts) as MonitoringService[]).map((service) => monitoringHost(site, service));
  return leafCertificate(`${name}-tls`, { authority, commonName: site.instanceName, use: "server", dnsNames: [...hosts, publicHost], ipAddresses: ["127.0.0.1"] }, parent);
}

/** The three files of a TLS server: `tls.crt`, `tls.key`, `ca.crt`. */
export function monitoringTlsFiles({ leaf, authority }: Pick<MonitoringContext, "leaf" | "authority">): Record<string, WorkloadFile> {
  return { "tls.crt": { content: leaf.certificatePem, mode: "0644" }, "tls.key": { content: leaf.keyPem }, "ca.crt": { content: authority.certificatePem, mode: "0644" } };
}

/** Arguments of {@link makeService}: those of a workload that do not follow from the context. */
export type ServiceArgs = Pick<WorkloadArgs, "user" | "command" | "environment" | "files" | "dataPath" | "hostPaths"> & {
  /** Further networks. Default: the monitoring network alone. */
  readonly networks?: readonly docker.Network[];
};

/** Makes one service of the monitoring stack; a published one is published on its port. */
export function makeService(context: MonitoringContext, service: MonitoringService, { networks = [], ...args }: ServiceArgs): Workload {
  const { site, config, name, images, network, parent } = context;
  const external = (site.ports as Partial<Record<MonitoringService, number>>)[service as PublishedService];
  return new Workload(
    `${name}-${service}`,
    {
      ...args,
      site,
      service,
      image: images[service]!,
      tmpfs: { "/tmp": "size=16m,mode=1777" },
      networks: [network, ...networks],
      ...(external === undefined ? {} : { ports: [{ internal: monitoringContainerPorts[service], external }] }),
      memoryMib: config.memoryMib[service],
    },
    { parent },
  );
}
