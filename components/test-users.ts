/** Five test users a realm, one for each clearance level. Development stacks only. */
import * as pulumi from "@pulumi/pulumi";
import * as keycloak from "@pulumi/keycloak";
import { Secret, TOTP } from "otpauth";
import { TotpCredential } from "../dynamic/totp-credential/resource.ts";
import { makeAdministrator } from "./administrators.ts";
import type { Site } from "./endpoints.ts";
import { generatedPassword } from "./parts/password.ts";
import type { DiveRealm } from "./realm.ts";

/** Clearance levels, lowest first: test user `n` has the n-th. */
export const clearanceLevels = ["UNCLASSIFIED", "RESTRICTED", "CONFIDENTIAL", "SECRET", "TOP_SECRET"] as const;

/** Communities of interest of the test users, by level. */
const communities: Readonly<Record<(typeof clearanceLevels)[number], readonly string[]>> = {
  UNCLASSIFIED: [],
  RESTRICTED: ["NATO"],
  CONFIDENTIAL: ["NATO"],
  SECRET: ["NATO"],
  TOP_SECRET: ["NATO", "NATO-COSMIC"],
};

/** A test user as `./dive users` shows it. */
export interface TestUser {
  readonly password: pulumi.Output<string>;
  /** `otpauth://` URI of the second factor, for any authenticator app. */
  readonly totp: pulumi.Output<string>;
  readonly clearance: string;
}

/** What the users' second factors are configured with. */
export interface TestUserAccess {
  /** Public base of Keycloak's admin API. */
  readonly url: string;
  readonly caCertificate: string;
  readonly adminClientId: string;
  readonly adminClientSecret: pulumi.Input<string>;
}

/** Keycloak's provider takes an attribute's several values as one string with this between them. */
const valueSeparator = "##";

/** Makes the users, the last of them an administrator; the result maps user names to passwords and second factors. */
export function makeTestUsers(name: string, site: Site, realm: DiveRealm, access: TestUserAccess, administratorRole: pulumi.Input<string>): Record<string, TestUser> {
  const code = site.code.toLowerCase();
  const users = clearanceLevels.map((clearance, i) => {
    const username = `testuser-${code}-${i + 1}`;
    const password = generatedPassword(`${name}-${username}-password`, { parent: realm });
    const user = new keycloak.User(
      `${name}-${username}`,
      {
        realmId: realm.realm.id,
        username,
        enabled: true,
        attributes: {
          uniqueID: `${code}:${username}`,
          clearance,
          countryOfAffiliation: site.code,
          ...(communities[clearance].length > 0 ? { acpCOI: communities[clearance].join(valueSeparator) } : {}),
        },
        initialPassword: { value: password, temporary: false },
      },
      pulumi.mergeOptions(realm.inRealm, { dependsOn: [realm.userProfile] }),
    );
    if (i === clearanceLevels.length - 1) makeAdministrator(`${name}-${username}`, user.id, administratorRole, realm);
    const secret = generatedPassword(`${name}-${username}-totp-secret`, { parent: realm });
    new TotpCredential(
      `${name}-${username}-totp`,
      { ...access, realm: site.realm, userId: user.id, label: "dive", secret },
      pulumi.mergeOptions(realm.inRealm, { dependsOn: [user] }),
    );
    const totp = secret.apply((value) => new TOTP({ issuer: site.realm, label: username, secret: Secret.fromUTF8(value) }).toString());
    return [username, { password, totp, clearance }] as const;
  });
  return Object.fromEntries(users);
}
