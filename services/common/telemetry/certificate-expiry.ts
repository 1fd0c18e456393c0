import { X509Certificate } from "node:crypto";
import { Gauge, type Registry } from "prom-client";
import { systemClock, type Clock } from "../runtime/clock.ts";
import { splitCertificates } from "../tls/ca-certificates.ts";

/** Settings of {@link publishCertificateExpiry}. */
export interface CertificateExpiryOptions {
  /** Code of the instance and name of the service, the labels of the metric. */
  readonly labels: { readonly instance: string; readonly service: string };
  readonly registry: Registry;
  readonly clock?: Clock;
}

/**
 * Publishes `dive_v3_certificate_expiry_seconds` for the first certificate of `pem`, computed at each scrape; negative
 * once it has expired.
 * @throws {Error} when `pem` holds no valid certificate.
 */
export function publishCertificateExpiry(pem: string, { labels, registry, clock = systemClock }: CertificateExpiryOptions): void {
  const [leaf = ""] = splitCertificates(pem);
  const expires = Date.parse(new X509Certificate(leaf).validTo);
  new Gauge({
    name: "dive_v3_certificate_expiry_seconds",
    help: "Seconds until the certificate expires",
    labelNames: ["instance", "service"] as const,
    registers: [registry],
    collect() {
      this.set(labels, Math.round((expires - clock.now()) / 1_000));
    },
  });
}
