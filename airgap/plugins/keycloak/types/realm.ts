import type { RealmArgs } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { crud } from "../crud.ts";
import { count, duration, entries, flag, outside, text, type Field, type Representation } from "../fields.ts";
import { nested } from "../nested.ts";

type Args = Plain<RealmArgs>;

const headers = nested({
  contentSecurityPolicy: text(["browserSecurityHeaders", "contentSecurityPolicy"]),
  contentSecurityPolicyReportOnly: text(["browserSecurityHeaders", "contentSecurityPolicyReportOnly"]),
  referrerPolicy: text(["browserSecurityHeaders", "referrerPolicy"]),
  strictTransportSecurity: text(["browserSecurityHeaders", "strictTransportSecurity"]),
  xContentTypeOptions: text(["browserSecurityHeaders", "xContentTypeOptions"]),
  xFrameOptions: text(["browserSecurityHeaders", "xFrameOptions"]),
  xRobotsTag: text(["browserSecurityHeaders", "xRobotsTag"]),
});

const bruteForce = nested({
  bruteForceStrategy: text(["bruteForceStrategy"], { oneOf: ["LINEAR", "MULTIPLE"] }),
  failureResetTimeSeconds: count(["maxDeltaTimeSeconds"]),
  maxFailureWaitSeconds: count(["maxFailureWaitSeconds"]),
  maxLoginFailures: count(["failureFactor"]),
  maxTemporaryLockouts: count(["maxTemporaryLockouts"]),
  minimumQuickLoginWaitSeconds: count(["minimumQuickLoginWaitSeconds"]),
  permanentLockout: flag(["permanentLockout"]),
  quickLoginCheckMilliSeconds: count(["quickLoginCheckMilliSeconds"]),
  waitIncrementSeconds: count(["waitIncrementSeconds"]),
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
  empty: {},
  write(representation, value) {
    if (value.bruteForceDetection === undefined) representation["bruteForceProtected"] = false;
    defenses.write(representation, value);
  },
};

const name = text(["realm"], { replaces: true });

const fields = {
  realm: name,
  internalId: text(["id"], { replaces: true }),
  enabled: flag(["enabled"], { default: true }),
  displayName: text(["displayName"]),
  displayNameHtml: text(["displayNameHtml"]),
  sslRequired: text(["sslRequired"], { oneOf: ["none", "external", "all"], default: "external" }),
  registrationAllowed: flag(["registrationAllowed"]),
  registrationEmailAsUsername: flag(["registrationEmailAsUsername"]),
  editUsernameAllowed: flag(["editUsernameAllowed"]),
  resetPasswordAllowed: flag(["resetPasswordAllowed"]),
  rememberMe: flag(["rememberMe"]),
  verifyEmail: flag(["verifyEmail"]),
  loginWithEmailAllowed: flag(["loginWithEmailAllowed"]),
  duplicateEmailsAllowed: flag(["duplicateEmailsAllowed"]),
  userManagedAccess: flag(["userManagedAccessAllowed"]),
  organizationsEnabled: flag(["organizationsEnabled"]),
  adminPermissionsEnabled: flag(["adminPermissionsEnabled"]),
  passwordPolicy: text(["passwordPolicy"]),
  defaultSignatureAlgorithm: text(["defaultSignatureAlgorithm"]),
  revokeRefreshToken: flag(["revokeRefreshToken"], { default: false }),
  refreshTokenMaxReuse: count(["refreshTokenMaxReuse"], { default: 0 }),
  accessTokenLifespan: duration(["accessTokenLifespan"]),
  accessTokenLifespanForImplicitFlow: duration(["accessTokenLifespanForImplicitFlow"]),
  accessCodeLifespan: duration(["accessCodeLifespan"]),
  accessCodeLifespanLogin: duration(["accessCodeLifespanLogin"]),
  accessCodeLifespanUserAction: duration(["accessCodeLifespanUserAction"]),
  actionTokenGeneratedByAdminLifespan: duration(["actionTokenGeneratedByAdminLifespan"]),
  actionTokenGeneratedByUserLifespan: duration(["actionTokenGeneratedByUserLifespan"]),
  clientSessionIdleTimeout: duration(["clientSessionIdleTimeout"]),
  clientSessionMaxLifespan: duration(["clientSessionMaxLifespan"]),
  ssoSessionIdleTimeout: duration(["ssoSessionIdleTimeout"]),
  ssoSessionIdleTimeoutRememberMe: duration(["ssoSessionIdleTimeoutRememberMe"]),
  ssoSessionMaxLifespan: duration(["ssoSessionMaxLifespan"]),
  ssoSessionMaxLifespanRememberMe: duration(["ssoSessionMaxLifespanRememberMe"]),
  offlineSessionIdleTimeout: duration(["offlineSessionIdleTimeout"]),
  offlineSessionMaxLifespan: duration(["offlineSessionMaxLifespan"]),
  offlineSessionMaxLifespanEnabled: flag(["offlineSessionMaxLifespanEnabled"]),
  oauth2DeviceCodeLifespan: duration(["oauth2DeviceCodeLifespan"]),
  oauth2DevicePollingInterval: count(["oauth2DevicePollingInterval"]),
  loginTheme: text(["loginTheme"]),
  accountTheme: text(["accountTheme"]),
  adminTheme: text(["adminTheme"]),
  emailTheme: text(["emailTheme"]),
  browserFlow: text(["browserFlow"]),
  registrationFlow: text(["registrationFlow"]),
  directGrantFlow: text(["directGrantFlow"]),
  resetCredentialsFlow: text(["resetCredentialsFlow"]),
  clientAuthenticationFlow: text(["clientAuthenticationFlow"]),
  dockerAuthenticationFlow: text(["dockerAuthenticationFlow"]),
  firstBrokerLoginFlow: text(["firstBrokerLoginFlow"]),
  securityDefenses,
  attributes: entries(["attributes"]),
  terraformDeletionProtection: outside({ type: "boolean" }),
};

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
