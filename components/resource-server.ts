/** The backend as the realm knows it: the audience of its tokens, and a client that asks about tokens which cannot be checked without the realm. */
import * as keycloak from "@pulumi/keycloak";
import type * as pulumi from "@pulumi/pulumi";
import { backendAudience } from "./endpoints.ts";
import { generatedPassword } from "./parts/password.ts";
import type { DiveRealm } from "./realm.ts";

/** The client's secret, made apart from the client: the backend starts before there is a realm. */
export function introspectionSecret(name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  return generatedPassword(`${name}-introspection-secret`, opts);
}

/** Makes the client. Nobody signs in at it, and it gets no token: it may introspect, and that is all. */
export function makeResourceServer(name: string, { realm, inRealm }: DiveRealm, clientSecret: pulumi.Output<string>): void {
  new keycloak.openid.Client(
    `${name}-resource-server`,
    {
      realmId: realm.id,
      clientId: backendAudience,
      name: "Backend",
      accessType: "CONFIDENTIAL",
      clientSecret,
      standardFlowEnabled: false,
      implicitFlowEnabled: false,
      directAccessGrantsEnabled: false,
      serviceAccountsEnabled: false,
      fullScopeAllowed: false,
    },
    inRealm,
  );
}
