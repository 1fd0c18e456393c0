import { testAuthority } from "../../services/common/testing/test-servers.ts";
import { portIndexOf, portsOf } from "../../components/ports.ts";
import { realmOf, type SiteDescriptor } from "../../partner-config.ts";

const caCertificate = testAuthority().certificate;

function common(code: string, role: "hub" | "spoke") {
  const ports = portsOf(portIndexOf(code), 0);
  const keycloakUrl = `https://localhost:${ports.keycloak}`;
  const instanceName = role === "hub" ? "dive-hub" : `dive-spoke-${code.toLowerCase()}`;
  return { code, role, backendUrl: `https://localhost:${ports.backend}`, kasUrl: `https://localhost:${ports.kas}`, keycloakUrl, issuer: `${keycloakUrl}/realms/${realmOf(code)}`, instanceName, caCertificate };
}

/** A spoke's descriptor as its stack would print it. */
export function testSpokeDescriptor(code: string): SiteDescriptor {
  return { ...common(code, "spoke"), blacklistPasswordSha256: "ab".repeat(32) };
}

/** The descriptor of hub USA, with DEU as a member beside it. */
export function testHubDescriptor(): SiteDescriptor {
  const members = [common("USA", "hub"), common("DEU", "spoke")].map(({ code, role, issuer }) => ({ code, role, issuer }));
  return { ...common("USA", "hub"), blacklistUrl: "rediss://localhost:6390", sharedNetwork: "dive-shared", members };
}
