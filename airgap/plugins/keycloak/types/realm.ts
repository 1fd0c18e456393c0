import type { RealmArgs } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { crud } from "../crud.ts";
import { parseDuration } from "../durations.ts";
import { chosen, count, duration, entries, flag, outside, text, type Field, type Representation } from "../fields.ts";
import { nested } from "../nested.ts";

type Args = Plain<RealmArgs>;

/** A block that is given is given whole: members that it leaves out get the official provider's defaults. */
const header = (name: string, usual: string): Field => text(["browserSecurityHeaders", name], { default: usual });

const headers = nested({
  contentSecurityPolicy: header("contentSecurityPolicy", "frame-src 'self'; frame-ancestors 'self'; object-src 'none';"),
  contentSecurityPolicyReportOnly: header("contentSecurityPolicyReportOnly", ""),
  referrerPolicy: header("referrerPolicy", "no-referrer"),
  strictTransportSecurity: header("strictTransportSecurity", "max-age=31536000; includeSubDomains"),
  xContentTypeOptions: header("xContentTypeOptions", "nosniff"),
  xFrameOptions: header("xFrameOptions", "SAMEORIGIN"),
  xRobotsTag: header("xRobotsTag", "none"),
});

const bruteForce = nested({
  bruteForceStrategy: text(["bruteForceStrategy"], { oneOf: ["LINEAR", "MULTIPLE"] }),
  failureResetTimeSeconds: count(["maxDeltaTimeSeconds"], { default: 43_200 }),
  maxFailureWaitSeconds: count(["maxFailureWaitSeconds"], { default: 900 }),
  maxLoginFailures: count(["failureFactor"], { default: 30 }),
  maxTemporaryLockouts: count(["maxTemporaryLockouts"]),
  minimumQuickLoginWaitSeconds: count(["minimumQuickLoginWaitSeconds"], { default: 60 }),
  permanentLockout: flag(["permanentLockout"], { default: false }),
  quickLoginCheckMilliSeconds: count(["quickLoginCheckMilliSeconds"], { default: 1000 }),
  waitIncrementSeconds: count(["waitIncrementSeconds"], { default: 60 }),
});

/** Naming a block switches brute-force detection on, as in the official provider. */
const bruteForceDetection: Field = {
  ...bruteForce,
  write(representation, value) {
    representation["bruteForceProtected"] = true;
    bruteForce.write(representation, value);
  },
  read: (representation, known) => (representation["bruteForceProtected"] ? bruteForce.read(representation, known) : undefined),
};

const defenses = nested({ headers, bruteForceDetection });

const securityDefenses: Field = {
  ...defenses,
  ...chosen,
  empty: {},
  write(representation, value) {
    if (value.bruteForceDetection === undefined) representation["bruteForceProtected"] = false;
    defenses.write(representation, value);
  },
};

const name = text(["realm"], { replaces: true });

const fields: Partial<Record<keyof Args & string, Field>> = {
  realm: name,
  internalId: text(["id"], { replaces: true, ...chosen }),
  enabled: flag(["enabled"], { default: true }),
  displayName: text(["displayName"]),
  displayNameHtml: text(["displayNameHtml"]),
  sslRequired: text(["sslRequired"], { oneOf: ["none", "external", "all"], default: "external" }),
  registrationAllowed: flag(["registrationAllowed"], chosen),
  registrationEmailAsUsername: flag(["registrationEmailAsUsername"], chosen),
  editUsernameAllowed: flag(["editUsernameAllowed"], chosen),
  resetPasswordAllowed: flag(["resetPasswordAllowed"], chosen),
  rememberMe: flag(["rememberMe"], chosen),
  verifyEmail: flag(["verifyEmail"], chosen),
  loginWithEmailAllowed: flag(["loginWithEmailAllowed"], chosen),
  duplicateEmailsAllowed: flag(["duplicateEmailsAllowed"], chosen),
  userManagedAccess: flag(["userManagedAccessAllowed"], { default: false }),
  organizationsEnabled: flag(["organizationsEnabled"], { default: false }),
  adminPermissionsEnabled: flag(["adminPermissionsEnabled"], chosen),
  passwordPolicy: text(["passwordPolicy"]),
  defaultSignatureAlgorithm: text(["defaultSignatureAlgorithm"]),
  revokeRefreshToken: flag(["revokeRefreshToken"], { default: false }),
  refreshTokenMaxReuse: count(["refreshTokenMaxReuse"], { default: 0 }),
  accessTokenLifespan: duration(["accessTokenLifespan"], chosen),
  accessTokenLifespanForImplicitFlow: duration(["accessTokenLifespanForImplicitFlow"], chosen),
  accessCodeLifespan: duration(["accessCodeLifespan"], chosen),
  accessCodeLifespanLogin: duration(["accessCodeLifespanLogin"], chosen),
  accessCodeLifespanUserAction: duration(["accessCodeLifespanUserAction"], chosen),
  actionTokenGeneratedByAdminLifespan: duration(["actionTokenGeneratedByAdminLifespan"], chosen),
  actionTokenGeneratedByUserLifespan: duration(["actionTokenGeneratedByUserLifespan"], chosen),
  clientSessionIdleTimeout: duration(["clientSessionIdleTimeout"], chosen),
  clientSessionMaxLifespan: duration(["clientSessionMaxLifespan"], chosen),
  ssoSessionIdleTimeout: duration(["ssoSessionIdleTimeout"], chosen),
  ssoSessionIdleTimeoutRememberMe: duration(["ssoSessionIdleTimeoutRememberMe"], chosen),
  ssoSessionMaxLifespan: duration(["ssoSessionMaxLifespan"], chosen),
  ssoSessionMaxLifespanRememberMe: duration(["ssoSessionMaxLifespanRememberMe"], chosen),
  offlineSessionIdleTimeout: duration(["offlineSessionIdleTimeout"], chosen),
  offlineSessionMaxLifespan: duration(["offlineSessionMaxLifespan"], chosen),
  offlineSessionMaxLifespanEnabled: flag(["offlineSessionMaxLifespanEnabled"], { default: false }),
  oauth2DeviceCodeLifespan: duration(["oauth2DeviceCodeLifespan"], chosen),
  oauth2DevicePollingInterval: count(["oauth2DevicePollingInterval"], chosen),
  loginTheme: text(["loginTheme"]),
  accountTheme: text(["accountTheme"]),
  adminTheme: text(["adminTheme"]),
  emailTheme: text(["emailTheme"]),
  browserFlow: text(["browserFlow"], chosen),
  registrationFlow: text(["registrationFlow"], chosen),
  directGrantFlow: text(["directGrantFlow"], chosen),
  resetCredentialsFlow: text(["resetCredentialsFlow"], chosen),
  clientAuthenticationFlow: text(["clientAuthenticationFlow"], chosen),
  dockerAuthenticationFlow: text(["dockerAuthenticationFlow"], chosen),
  firstBrokerLoginFlow: text(["firstBrokerLoginFlow"], chosen),
  securityDefenses,
  attributes: entries(["attributes"]),
  terraformDeletionProtection: outside({ type: "boolean" }),
};

const durations = Object.entries(fields).filter(([, field]) => field.duration === true).map(([property]) => property) as (keyof Args & string)[];

/** The official provider finds out when it updates; here the preview says it. */
function wrongDuration(property: string, value: unknown): { property: string; reason: string }[] {
  try {
    if (typeof value === "string") parseDuration(value);
    return [];
  } catch (error) {
    return [{ property, reason: (error as RangeError).message }];
  }
}

/** `keycloak:index/realm:Realm`; its id is the realm's name. */
export const realm = crud<Args>({
  token: "keycloak:index/realm:Realm",
  fields,
  autonamed: "realm",
  realmKey: "realm",
  computed: ["internalId"],
  importFormat: "realm",
  parseImport: (parts) => (parts.length === 1 ? { id: parts[0]!, where: { realm: parts[0]! } } : undefined),
  describe: (inputs) => `realm "${inputs.realm}"`,
  check: (inputs) => durations.flatMap((property) => wrongDuration(property, inputs[property])),
  // Each new realm writes to the master realm's admin role: side by side, Keycloak loses one of the writes.
  lock: () => "realms",
  async create(api, inputs, representation) {
    // The official provider uses the name as id, too; else the id would be a surprise to those who read the database.
    const id = inputs.internalId ?? inputs.realm!;
    await api.add(`create realm "${inputs.realm}"`, (admin) => admin.realms.create({ ...representation, id }));
    api.session.forgetLogin();
    return inputs.realm!;
  },
  find: (api, where) =>
    api.find(`read realm "${where.realm}"`, (admin) => admin.realms.findOne({ realm: where.realm! }) as Promise<Representation | undefined>),
  async replace(api, inputs, _id, representation) {
    await api.change(`update realm "${inputs.realm}"`, (admin) => admin.realms.update({ realm: inputs.realm! }, representation));
  },
  async remove(api, where) {
    if (where.terraformDeletionProtection) {
      throw new Error(`realm "${where.realm}" has terraformDeletionProtection: true; set it to false and update before deleting`);
    }
    await api.remove(`delete realm "${where.realm}"`, (admin) => admin.realms.del({ realm: where.realm! }));
  },
  outputs: async (_api, _inputs, found) => ({ internalId: found["id"] }),
});
