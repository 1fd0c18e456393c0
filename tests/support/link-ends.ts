import type { CheckedSide } from "../../dynamic/oidc-check/provider.ts";
import { pulumi } from "./dive.ts";
import type { RunningStack } from "./stack.ts";

/** Both ends of the hub's link with a spoke, as the program gives them to its checks. */
export async function linkEnds(stack: RunningStack, spoke: string): Promise<{ from: CheckedSide; to: CheckedSide }> {
  const { stdout } = await pulumi(stack.name, ["stack", "output", "--json", "--show-secrets"]);
  const { orchestration, probeUsers } = JSON.parse(stdout) as { orchestration: Record<string, any>; probeUsers: Record<string, NonNullable<CheckedSide["probeUser"]>> };
  const side = (own: string, partner: string): CheckedSide => {
    const { code, keycloakUrl, realm, issuer, clientId, backendUrl } = stack.instances[own]!;
    const { host, port, database, owner } = orchestration[own];
    const { clientId: adminClientId, clientSecret: adminClientSecret } = stack.keycloakAdmin[own]!;
    return {
      code, publicBase: keycloakUrl, realm, issuer, clientId, redirectUri: `${backendUrl}/callback`, brokerAlias: `${partner.toLowerCase()}-idp`, caCertificate: stack.ca,
      adminClientId, adminClientSecret, database: { host, port, database, ...owner }, probeUser: probeUsers[own]!,
    };
  };
  const hub = Object.values(stack.instances).find(({ role }) => role === "hub")!.code;
  return { from: side(hub, spoke), to: side(spoke, hub) };
}
