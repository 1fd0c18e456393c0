import { testAuthority } from "../../services/common/testing/test-servers.ts";
import { portIndexOf, portsOf, sharedPorts } from "../../components/ports.ts";
import { realmOf, type SiteDescriptor } from "../../partner-config.ts";

const caCertificate = testAuthority().certificate;

function common(code: string, role: "hub" | "spoke", host: string) {
  const ports = portsOf(portIndexOf(code), 0);
  const keycloakUrl = `https://${host}:${ports.keycloak}`;
  const instanceName = role === "hub" ? "dive-hub" : `dive-spoke-${code.toLowerCase()}`;
  const exchange = host === "localhost" ? {} : { exchangeUrl: `https://${host}:${ports.exchange}` };
  return { code, role, backendUrl: `https://${host}:${ports.backend}`, kasUrl: `https://${host}:${ports.kas}`, keycloakUrl, ...exchange, issuer: `${keycloakUrl}/realms/${realmOf(code)}`, instanceName, caCertificate };
}

/** A spoke's descriptor as its stack would print it. @param host its advertised address; default: none */
export function testSpokeDescriptor(code: string, host = "localhost"): SiteDescriptor {
  return { ...common(code, "spoke", host), blacklistPasswordSha256: "ab".repeat(32) };
}

/** The descriptor of hub USA, with DEU as a member beside it. @param host its advertised address; default: none */
export function testHubDescriptor(host = "localhost"): SiteDescriptor {
  const members = [common("USA", "hub", host), common("DEU", "spoke", host)].map(({ code, role, issuer }) => ({ code, role, issuer }));
  return { ...common("USA", "hub", host), blacklistUrl: `rediss://${host}:${sharedPorts.blacklistRedis}`, sharedNetwork: "dive-shared", members };
}
