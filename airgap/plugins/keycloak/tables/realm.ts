import { expect } from "vitest";
import type { Table } from "../../server/table-driver.ts";
import { common, found, kept, replaces, schemaOf, updatesTogether } from "./cases.ts";
import type { KeycloakCase, KeycloakSubject, KeycloakWorld } from "./world.ts";

const source = schemaOf("realm");
const realmOf = ({ world, name }: KeycloakSubject): string => `${world.realm}-${name}`;
const outside = (change: object) => async (subject: KeycloakSubject) => (await subject.world.signIn()).realms.update({ realm: realmOf(subject) }, change);
const defenses = { headers: { strictTransportSecurity: "" }, bruteForceDetection: { maxLoginFailures: 5 } };

const cases: readonly KeycloakCase[] = [
  { does: "create", name: "as the program's", source: `${source}: internal_id is computed and the name by default`, computed: ["internalId"],
    given: { displayName: "One", attributes: { "acr.loa.map": '{"1":1}' }, securityDefenses: defenses, accessTokenLifespan: "15m", passwordPolicy: "length(12)" },
    outputs: (subject) => ({ internalId: realmOf(subject), enabled: true, sslRequired: "external" }),
    effect: { displayName: "One", accessTokenLifespan: 900, bruteForceProtected: true, failureFactor: 5, passwordPolicy: "length(12)", attributes: { "acr.loa.map": '{"1":1}' } } },
  { does: "create", name: "with a block of defences", source: `${source}: defaults of security_defenses`, given: { securityDefenses: defenses },
    effect: { browserSecurityHeaders: { strictTransportSecurity: "", xFrameOptions: "SAMEORIGIN", referrerPolicy: "no-referrer" }, maxFailureWaitSeconds: 900, waitIncrementSeconds: 60 } },
  { does: "refuse", name: "a name that is taken", source: "existing objects are not adopted: 409", message: /409 Conflict: .*already exists/, prepare: async ({ world, name }) => void (await world.ownRealm(name)) },
  updatesTogether(source, {
    enabled: [true, false], displayName: ["One", "Two"], displayNameHtml: ["<b>1</b>", "<b>2</b>"], sslRequired: ["external", "all"], userManagedAccess: [false, true], organizationsEnabled: [false, true],
    registrationAllowed: [false, true], rememberMe: [false, true], verifyEmail: [false, true], loginWithEmailAllowed: [true, false], resetPasswordAllowed: [false, true], editUsernameAllowed: [false, true],
  }),
  updatesTogether(source, {
    revokeRefreshToken: [false, true], refreshTokenMaxReuse: [0, 2], passwordPolicy: ["length(8)", "length(16)"], defaultSignatureAlgorithm: ["RS256", "ES256"],
    browserFlow: ["browser", "direct grant"], loginTheme: ["keycloak", "keycloak.v2"],
  }),
  updatesTogether(source, {
    accessTokenLifespan: ["15m", "10m"], ssoSessionIdleTimeout: ["30m", "20m"], ssoSessionMaxLifespan: ["10h", "8h"], clientSessionIdleTimeout: ["20m", "15m"], oauth2DeviceCodeLifespan: ["5m", "6m"],
    offlineSessionIdleTimeout: ["720h", "700h"], accessCodeLifespanLogin: ["30m", "20m"], actionTokenGeneratedByUserLifespan: ["5m", "4m"],
  }),
  ...kept(source, { accessTokenLifespan: "11m" }),
  { does: "change", name: "the same duration in other words", source: `${source}: suppressDurationStringDiff`, given: { accessTokenLifespan: "15m" }, change: { accessTokenLifespan: "15m" }, verdict: {} },
  { does: "change", name: "an attribute", source, given: { attributes: { a: "1", b: "2" } }, change: { attributes: { a: "3" } }, verdict: { "attributes.a": "UPDATE", "attributes.b": "DELETE" },
    effect: (seen) => expect([seen.attributes.a, seen.attributes.b]).toEqual(["3", undefined]) },
  { does: "change", name: "a header", source, given: { securityDefenses: defenses }, change: { securityDefenses: { ...defenses, headers: { strictTransportSecurity: "max-age=1" } } },
    verdict: { "securityDefenses.headers.strictTransportSecurity": "UPDATE" }, effect: { browserSecurityHeaders: { strictTransportSecurity: "max-age=1" } } },
  { does: "change", name: "brute-force detection, dropped", source: "provider: without the block it is off", given: { securityDefenses: defenses }, change: { securityDefenses: { headers: defenses.headers } },
    verdict: { "securityDefenses.bruteForceDetection": "DELETE" }, effect: { bruteForceProtected: false } },
  { does: "change", name: "realm", source: `${source}: ForceNew`, change: (subject) => ({ realm: `${realmOf(subject)}-b` }), verdict: { realm: "UPDATE_REPLACE" } },
  ...replaces(source, { internalId: ["one-of-its-own", "another-one"] }).map((one) => ({ ...one, given: ({ name }: KeycloakSubject) => ({ internalId: `${name}-1` }), change: ({ name }: KeycloakSubject) => ({ internalId: `${name}-2` }) }) as KeycloakCase),
  { does: "drift", name: "a setting changed in the console", source, given: { displayName: "One" }, outside: outside({ displayName: "Other" }), verdict: { displayName: "UPDATE" }, effect: { displayName: "One" } },
  { does: "drift", name: "a setting that the program does not set", source: "stand-in: what the program does not set stays as it is", outside: outside({ displayNameHtml: "<i>x</i>" }), verdict: {} },
  { does: "drift", name: "a default switched on", source: `${source}: user_managed_access defaults to false`, outside: outside({ userManagedAccessAllowed: true }), verdict: { userManagedAccess: "UPDATE" } },
  { does: "import", name: "by name", source: "ImportStatePassthroughContext", given: { displayName: "One" }, verdict: { defaultSignatureAlgorithm: "DELETE" } },
  { does: "invalid", name: "a duration that is none", source: "stand-in: said at preview, where the provider says it in the update", change: { accessTokenLifespan: "a while" }, failures: { accessTokenLifespan: /a duration must be/ } },
  { does: "invalid", name: "a wrong type, nested", source, change: { securityDefenses: { bruteForceDetection: { maxLoginFailures: "5" } } }, failures: { "securityDefenses.bruteForceDetection.maxLoginFailures": /must be a number/ } },
  ...common(async (subject) => (await subject.world.signIn()).realms.del({ realm: realmOf(subject) })),
];

/** `Realm`. */
export const realmTable: Table<KeycloakWorld> = {
  token: "keycloak:index/realm:Realm",
  base: (subject) => ({ realm: realmOf(subject) }),
  look: async (subject) => found((await subject.world.signIn()).realms.findOne({ realm: subject.stored?.id ?? realmOf(subject) })),
  deleteBeforeReplace: true,
  cases,
};
