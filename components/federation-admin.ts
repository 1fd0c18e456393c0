/** The service account that may write the hub's registry of spokes: a client of the hub's realm with the realm role `federation-admin`. */
import * as keycloak from "@pulumi/keycloak";
import * as pulumi from "@pulumi/pulumi";
import { backendAudience } from "./endpoints.ts";
import { generatedPassword } from "./parts/password.ts";
import type { DiveRealm } from "./realm.ts";

/** How to sign in as the service account. */
export interface FederationAdmin {
  readonly clientId: string;
  readonly clientSecret: pulumi.Output<string>;
  /** Complete when its token carries the role. */
  readonly granted: pulumi.Resource;
}

const clientId = "dive-federation-admin";
const roleName = "federation-admin";

/** Makes role, client and mapping. */
export function makeFederationAdmin(name: string, realm: DiveRealm): FederationAdmin {
  const { inRealm } = realm;
  const realmId = realm.realm.id;
  const clientSecret = generatedPassword(`${name}-federation-admin-secret`, { parent: realm });
  const role = new keycloak.Role(`${name}-federation-admin-role`, { realmId, name: roleName, description: "May change the registry of spokes" }, inRealm);
  const client = new keycloak.openid.Client(
    `${name}-federation-admin`,
    {
      realmId,
      clientId,
      name: "Registry of spokes",
      accessType: "CONFIDENTIAL",
      clientSecret,
      serviceAccountsEnabled: true,
      standardFlowEnabled: false,
      implicitFlowEnabled: false,
      directAccessGrantsEnabled: false,
      accessTokenLifespan: "60",
      // Its only user is its own service account, whose roles are these alone.
      fullScopeAllowed: true,
    },
    inRealm,
  );
  const scopes = new keycloak.openid.ClientDefaultScopes(`${name}-federation-admin-scopes`, { realmId, clientId: client.id, defaultScopes: ["basic", "roles"] }, inRealm);
  const audience = new keycloak.openid.AudienceProtocolMapper(
    `${name}-federation-admin-audience`,
    { realmId, clientId: client.id, name: "backend-audience", includedCustomAudience: backendAudience, addToIdToken: false },
    inRealm,
  );
  const granted = new keycloak.openid.ClientServiceAccountRealmRole(
    `${name}-federation-admin-grant`,
    { realmId, serviceAccountUserId: client.serviceAccountUserId, role: role.name },
    pulumi.mergeOptions(inRealm, { dependsOn: [scopes, audience] }),
  );
  return { clientId, clientSecret, granted };
}
