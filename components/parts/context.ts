import { isIPv4 } from "node:net";
import type * as pulumi from "@pulumi/pulumi";
import type { CertificateAuthority } from "../../config.ts";
import { leafCertificate, type Leaf } from "../certificates.ts";
import { hostOf, publicHost, type ServiceName, type Site } from "../endpoints.ts";
import type { ImageSet } from "../image-set.ts";
import type { NamedNetwork, WorkloadFile } from "../workload.ts";

/** What every part of an instance is built from. */
export interface PartContext {
  readonly site: Site;
  /** Prefix of the Pulumi names of the instance's resources. */
  readonly name: string;
  readonly authority: CertificateAuthority;
  readonly images: ImageSet["ids"];
  readonly privateNetwork: NamedNetwork;
  /** The network that instances of one Docker host share; undefined where there is no other. */
  readonly sharedNetwork: NamedNetwork | undefined;
  /** The component that owns the part. */
  readonly parent: pulumi.Resource;
}

/** The networks of a part that partners talk to. */
export function networksOf({ privateNetwork, sharedNetwork }: PartContext): NamedNetwork[] {
  return [privateNetwork, ...(sharedNetwork ? [sharedNetwork] : [])];
}

/** A server certificate for `service`, good for its container name and for the addresses on which it is published. */
export function serverCertificate(context: PartContext, service: ServiceName): Leaf {
  const host = hostOf(context.site, service);
  const names = [...new Set([publicHost, context.site.publicHost])];
  return leafCertificate(
    `${context.name}-${service}-tls`,
    { authority: context.authority, commonName: host, use: "server", dnsNames: [host, ...names.filter((name) => !isIPv4(name))], ipAddresses: ["127.0.0.1", ...names.filter(isIPv4)] },
    context.parent,
  );
}

/** The three files of a TLS server: `tls.crt`, `tls.key`, `ca.crt`. */
export function tlsFiles(context: PartContext, leaf: Leaf): Record<string, WorkloadFile> {
  return {
    "tls.crt": { content: leaf.certificatePem, mode: "0644" },
    "tls.key": { content: leaf.keyPem },
    "ca.crt": { content: context.authority.certificatePem, mode: "0644" },
  };
}
