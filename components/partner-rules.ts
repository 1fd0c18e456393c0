/** What a partner's descriptor must hold beyond its form for this stack to federate with it. */
import { ConfigError, type ConfigProblem } from "../config.ts";
import type { SiteDescriptor } from "../partner-config.ts";
import { isSameHost, publicHost } from "./endpoints.ts";

/**
 * Refuses, before anything is made, partners that this stack could not be linked with: services here reach others by container name on this
 * Docker host and by an advertised address on another, as those must reach them. Without these rules the link would fail late, in the
 * middle of a sign-in.
 * @param partners by the key at which each stands in the configuration
 * @param advertised this stack's advertised address; default: none
 * @throws ConfigError that names every broken rule
 */
export function requireReachable(partners: Readonly<Record<string, SiteDescriptor>>, advertised?: string): void {
  const problems: ConfigProblem[] = [];
  for (const [key, { code, backendUrl, kasUrl, keycloakUrl, exchangeUrl }] of Object.entries(partners)) {
    const report = (name: string, rule: string, got: unknown, allowed: string) => problems.push({ key: `dive:${key}.${name}`, rule, got, allowed });
    for (const [name, base] of Object.entries({ backendUrl, kasUrl, keycloakUrl })) {
      if (isSameHost(base, advertised ?? publicHost)) continue;
      if (advertised === undefined) report(name, `${code} must be on the Docker host of this stack, which advertises no address`, base, `https://${publicHost}:<port>, or any with dive:advertiseAddress in this stack`);
      else if (isSameHost(base, publicHost)) report(name, `${code} must advertise an address, as this stack does`, base, `https://<address>:<port>: dive:advertiseAddress in ${code}'s stack, ${advertised} if it is on this Docker host`);
    }
    if (advertised !== undefined && exchangeUrl === undefined && !isSameHost(backendUrl, publicHost) && !isSameHost(backendUrl, advertised))
      report("exchangeUrl", `is missing: ${code} is on another Docker host`, undefined, "https://<address>:<port>, as its stack prints it");
  }
  if (problems.length > 0) throw new ConfigError(problems);
}
