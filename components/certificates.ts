/** Leaf certificates for the services of an instance, signed by the stack's root directly (mkcert's root allows no intermediate). */
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { CertificateAuthority } from "../config.ts";

/** Hours a leaf is valid: 397 days, the longest that browsers accept. */
const validityPeriodHours = 397 * 24;
/** Hours before its end at which an `up` renews a leaf. */
const earlyRenewalHours = 30 * 24;

/** A leaf and its key, PEM. */
export interface Leaf {
  readonly certificatePem: pulumi.Output<string>;
  readonly keyPem: pulumi.Output<string>;
}

/** What a certificate is for. A server's cannot be used to sign in as a client, nor the other way round. */
export type LeafUse = "server" | "client";

/** Arguments of {@link leafCertificate}. */
export interface LeafArgs {
  readonly authority: CertificateAuthority;
  readonly commonName: string;
  readonly use: LeafUse;
  /** DNS names; for servers every name under which it is called. */
  readonly dnsNames: readonly string[];
  /** IP addresses. Default: none. */
  readonly ipAddresses?: readonly string[];
}

/** Makes an ECDSA P-256 key and its certificate. */
export function leafCertificate(name: string, args: LeafArgs, parent: pulumi.Resource): Leaf {
  const key = new tls.PrivateKey(`${name}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, { parent });
  const request = new tls.CertRequest(
    `${name}-request`,
    {
      privateKeyPem: key.privateKeyPem,
      subject: { commonName: args.commonName, organization: "DIVE V3" },
      dnsNames: [...args.dnsNames],
      ipAddresses: [...(args.ipAddresses ?? [])],
    },
    { parent },
  );
  const certificate = new tls.LocallySignedCert(
    `${name}-certificate`,
    {
      certRequestPem: request.certRequestPem,
      caCertPem: args.authority.certificatePem,
      caPrivateKeyPem: args.authority.keyPem,
      allowedUses: ["digital_signature", args.use === "server" ? "server_auth" : "client_auth"],
      validityPeriodHours,
      earlyRenewalHours,
    },
    { parent },
  );
  return { certificatePem: certificate.certPem, keyPem: key.privateKeyPemPkcs8 };
}
