/** Who may revoke: the realm role `dive-admin`, and the client at which administrators sign in. */
import * as keycloak from "@pulumi/keycloak";
import * as pulumi from "@pulumi/pulumi";
import { adminClientOf, backchannelLogoutUrl, backendAudience, type Site } from "./endpoints.ts";
import type { DiveRealm } from "./realm.ts";

const roleName = "dive-admin";

/**
 * Makes role and client. Tokens of the application's client never carry the role, whoever signs in there: a stolen one revokes nothing.
 * @returns the role's name, complete when tokens of the client carry it
 */
export function makeAdministrators(name: string, site: Site, realm: DiveRealm): pulumi.Output<string> {
  const { inRealm } = realm;
  const realmId = realm.realm.id;
  const role = new keycloak.Role(`${name}-dive-admin-role`, { realmId, name: roleName, description: "May revoke tokens, people's and nations' sign-ins" }, inRealm);
  const client = new keycloak.openid.Client(
    `${name}-administration`,
    {
      realmId,
      clientId: adminClientOf(site),
      name: `Administration of DIVE V3 ${site.code}`,
      accessType: "PUBLIC",
      standardFlowEnabled: true,
      implicitFlowEnabled: false,
      directAccessGrantsEnabled: false,
      pkceCodeChallengeMethod: "S256",
      validRedirectUris: [`${site.backendUrl}/*`],
      validPostLogoutRedirectUris: [`${site.backendUrl}/*`],
      webOrigins: [site.backendUrl],
      // The roles of whoever signs in are what this client is for.
      fullScopeAllowed: true,
      authenticationFlowBindingOverrides: { browserId: realm.browserFlowId },
      backchannelLogoutUrl: backchannelLogoutUrl(site),
      backchannelLogoutSessionRequired: true,
    },
    inRealm,
  );
  const scopes = new keycloak.openid.ClientDefaultScopes(`${name}-administration-scopes`, { realmId, clientId: client.id, defaultScopes: [...realm.clientScopes] }, inRealm);
  const audience = new keycloak.openid.AudienceProtocolMapper(
    `${name}-administration-audience`,
    { realmId, clientId: client.id, name: "backend-audience", includedCustomAudience: backendAudience, addToIdToken: false },
    inRealm,
  );
  return pulumi.all([role.name, scopes.id, audience.id]).apply(([granted]) => granted);
}

/** Gives the role to a user. The resource is called after service accounts, which are users to Keycloak like any other. */
export function makeAdministrator(name: string, userId: pulumi.Input<string>, role: pulumi.Input<string>, realm: DiveRealm): void {
  new keycloak.openid.ClientServiceAccountRealmRole(`${name}-dive-admin`, { realmId: realm.realm.id, serviceAccountUserId: userId, role }, realm.inRealm);
}
