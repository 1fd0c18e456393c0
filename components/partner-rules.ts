/** What a partner's descriptor must hold beyond its form for this stack to federate with it. */
import { ConfigError, type CertificateAuthority, type ConfigProblem } from "../config.ts";
import type { SiteDescriptor } from "../partner-config.ts";
import { isSameHost } from "./endpoints.ts";

/**
 * Refuses, before anything is made, partners that this stack could not be linked with: services here trust one authority, and reach others
 * by container name. Without these rules the link would fail late, in the middle of a sign-in.
 * @param partners by the key at which each stands in the configuration
 * @throws ConfigError that names every broken rule
 */
export function requireReachable(partners: Readonly<Record<string, SiteDescriptor>>, authority: Pick<CertificateAuthority, "certificatePem">): void {
  const problems: ConfigProblem[] = [];
  for (const [key, { code, caCertificate, backendUrl, kasUrl, keycloakUrl }] of Object.entries(partners)) {
    if (caCertificate.trim() !== authority.certificatePem.trim())
      problems.push({ key: `dive:${key}.caCertificate`, rule: `${code}'s certificates must come from this stack's authority`, got: "another authority", allowed: "the certificate in CAROOT; let both stacks have the same CAROOT" });
    for (const [name, base] of Object.entries({ backendUrl, kasUrl, keycloakUrl }))
      if (!isSameHost(base)) problems.push({ key: `dive:${key}.${name}`, rule: `${code} must be on the Docker host of this stack`, got: base, allowed: "https://localhost:<port>" });
  }
  if (problems.length > 0) throw new ConfigError(problems);
}
