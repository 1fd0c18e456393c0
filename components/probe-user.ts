/** The one permanent user of each realm by which links are verified: UNCLASSIFIED, in no community, with no role, at home and at partners. */
import * as pulumi from "@pulumi/pulumi";
import * as keycloak from "@pulumi/keycloak";
import type { Site } from "./endpoints.ts";
import { generatedPassword } from "./parts/password.ts";
import type { DiveRealm } from "./realm.ts";

/** Its name in every realm. */
export const probeUsername = "federation-probe";

/** A probe user as those need it who sign in with it: the own backend, and the program. */
export interface ProbeUser {
  readonly username: string;
  readonly password: pulumi.Output<string>;
}

/** The password, made apart from the user: the backend starts before there is a realm. */
export function probePassword(name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  return generatedPassword(`${name}-probe-user-password`, opts);
}

/** Makes the user. */
export function makeProbeUser(name: string, site: Site, realm: DiveRealm, password: pulumi.Output<string>): keycloak.User {
  return new keycloak.User(
    `${name}-probe-user`,
    {
      realmId: realm.realm.id,
      username: probeUsername,
      enabled: true,
      attributes: { uniqueID: `${site.code.toLowerCase()}:probe`, clearance: "UNCLASSIFIED", countryOfAffiliation: site.code },
      initialPassword: { value: password, temporary: false },
    },
    pulumi.mergeOptions(realm.inRealm, { dependsOn: [realm.userProfile] }),
  );
}
