/**
 * For tests: every resource type of the stand-in plugins once. The phase says what differs: `create`, then `update` changes something in
 * place, then `replace` changes something that replaces. Names that the engine gives let replacements be made before the old ones go.
 */
import * as docker from "@pulumi/docker";
import * as keycloak from "@pulumi/keycloak";
import * as postgresql from "@pulumi/postgresql";
import type * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import * as tls from "@pulumi/tls";
import type { Settings } from "./settings.ts";

const { phase, keycloakServer, postgresServer, images, authority } = JSON.parse(process.env["LIFECYCLE"]!) as Settings;
const updated = phase !== "create";
const replaced = phase === "replace";
/** One of two values: the second from the phase `update` on. */
const soon = <T>(before: T, after: T): T => (updated ? after : before);
/** The same, from the phase `replace` on. */
const late = <T>(before: T, after: T): T => (replaced ? after : before);

const password = new random.RandomPassword("password", { length: late(24, 25) });

const key = new tls.PrivateKey("key", { algorithm: "ECDSA", ecdsaCurve: late("P256", "P384") });
const request = new tls.CertRequest("request", { privateKeyPem: key.privateKeyPem, subject: { commonName: "lifecycle" }, dnsNames: ["localhost"] });
new tls.LocallySignedCert("certificate", {
  certRequestPem: request.certRequestPem, caCertPem: authority.certificate, caPrivateKeyPem: authority.key,
  allowedUses: ["digital_signature", "server_auth"], validityPeriodHours: 48, earlyRenewalHours: soon(1, 2),
});

const labels = [{ label: "dive.test", value: late("lifecycle", "lifecycle-replaced") }];
const image = new docker.RemoteImage("image", { name: late(images[0], images[1]), keepLocally: soon(false, true) });
const network = new docker.Network("network", { labels });
const volume = new docker.Volume("volume", { labels });
new docker.Container("container", {
  image: image.imageId, entrypoints: ["sleep"], command: ["600"], networkMode: "bridge", networksAdvanced: [{ name: network.name }],
  volumes: [{ volumeName: volume.name, containerPath: "/data" }], labels, memory: soon(32, 48), memorySwap: soon(32, 48), destroyGraceSeconds: 1,
});

const onPostgres = { provider: new postgresql.Provider("postgres", { ...postgresServer, sslmode: "verify-full", username: "postgres", database: "postgres" }) };
const owner = new postgresql.Role("owner", { name: "lifecycle", login: true, password: password.result, connectionLimit: soon(3, 4) }, onPostgres);
const database = new postgresql.Database("database", { owner: owner.name, template: "template0", lcCollate: late("C", "C.UTF-8"), connectionLimit: soon(5, 6) }, onPostgres);
const schema = new postgresql.Schema("schema", { database: database.name, name: "lifecycle", owner: soon<pulumi.Input<string>>("postgres", owner.name) }, onPostgres);
new postgresql.Grant("grant", { role: owner.name, database: database.name, schema: schema.name, objectType: "schema", privileges: soon(["USAGE"], ["CREATE", "USAGE"]) }, onPostgres);

const onKeycloak = { provider: new keycloak.Provider("keycloak", { ...keycloakServer, realm: "master", initialLogin: false, clientTimeout: 60 }) };
const realm = new keycloak.Realm("realm", { realm: late("lifecycle-1", "lifecycle-2"), enabled: true, displayName: soon("before", "after") }, onKeycloak);
const inRealm = { realmId: realm.id };
const views = ["admin", "user"];
new keycloak.RealmUserProfile("user-profile", { ...inRealm, attributes: [{ name: "username" }, { name: "email" }, ...soon([], [{ name: "clearance" }])].map((one) => ({ ...one, permissions: { views, edits: ["admin"] } })) }, onKeycloak);
new keycloak.User("user", { ...inRealm, username: "somebody", email: soon("before@example.org", "after@example.org") }, onKeycloak);
const role = new keycloak.Role("role", { ...inRealm, name: "reader", description: soon("before", "after") }, onKeycloak);
new keycloak.RequiredAction("required-action", { ...inRealm, alias: "CONFIGURE_TOTP", name: "Configure OTP", enabled: true, defaultAction: soon(false, true) }, onKeycloak);

const client = new keycloak.openid.Client(
  "client",
  { ...inRealm, clientId: "application", accessType: "CONFIDENTIAL", clientSecret: password.result, serviceAccountsEnabled: true, description: soon("before", "after") },
  onKeycloak,
);
const scope = new keycloak.openid.ClientScope("scope", { ...inRealm, name: "claims", description: soon("before", "after") }, onKeycloak);
const inClient = { ...inRealm, clientId: client.id };
new keycloak.openid.ClientDefaultScopes("default-scopes", { ...inClient, defaultScopes: ["basic", ...soon([], ["email"])] }, onKeycloak);
new keycloak.openid.ClientServiceAccountRealmRole("service-account-role", { ...inRealm, serviceAccountUserId: client.serviceAccountUserId, role: role.name }, onKeycloak);
// All of them: Keycloak adds those that are left out, and a refresh would then name them.
const tokens = { "access.token.claim": "true", "introspection.token.claim": "true", "userinfo.token.claim": "true" };
const inScope = { ...inRealm, clientScopeId: scope.id };
new keycloak.openid.UserAttributeProtocolMapper("attribute-claim", { ...inScope, name: "attribute", userAttribute: "clearance", claimName: soon("before", "after") }, onKeycloak);
new keycloak.openid.AudienceProtocolMapper("audience", { ...inClient, name: "audience", includedCustomAudience: soon("before", "after") }, onKeycloak);
new keycloak.GenericProtocolMapper("generic", { ...inScope, name: "generic", protocol: "openid-connect", protocolMapper: "oidc-amr-mapper", config: { ...tokens, "id.token.claim": soon("false", "true") } }, onKeycloak);

const broker = new keycloak.oidc.IdentityProvider(
  "broker",
  {
    realm: realm.id, alias: "partner", displayName: soon("before", "after"), clientId: "hub", clientSecret: "none: private_key_jwt", issuer: "https://partner.example/realm",
    authorizationUrl: "https://partner.example/auth", tokenUrl: "https://partner.example/token", jwksUrl: "https://partner.example/certs", validateSignature: true, syncMode: "FORCE",
  },
  onKeycloak,
);
const inBroker = { realm: realm.id, identityProviderAlias: broker.alias, extraConfig: { syncMode: "FORCE" } };
new keycloak.AttributeImporterIdentityProviderMapper("import", { ...inBroker, name: "import", claimName: soon("before", "after"), userAttribute: "clearance" }, onKeycloak);
new keycloak.HardcodedAttributeIdentityProviderMapper("country", { ...inBroker, name: "country", attributeName: "country", attributeValue: soon("FRA", "DEU"), userSession: false }, onKeycloak);
new keycloak.UserTemplateImporterIdentityProviderMapper("username", { ...inBroker, name: "username", template: soon("${ALIAS}.${CLAIM.sub}", "${CLAIM.sub}") }, onKeycloak);

const flow = new keycloak.authentication.Flow("flow", { ...inRealm, alias: "browser-lifecycle", description: soon("before", "after") }, onKeycloak);
const subflow = new keycloak.authentication.Subflow("subflow", { ...inRealm, parentFlowAlias: flow.alias, alias: "lifecycle-forms", providerId: "basic-flow", requirement: soon("ALTERNATIVE", "REQUIRED") }, onKeycloak);
const execution = new keycloak.authentication.Execution("execution", { ...inRealm, parentFlowAlias: subflow.alias, authenticator: "auth-username-password-form", requirement: soon("REQUIRED", "ALTERNATIVE") }, onKeycloak);
new keycloak.authentication.ExecutionConfig("execution-config", { ...inRealm, executionId: execution.id, alias: "reference", config: { "default.reference.value": soon("before", "after"), "default.reference.maxAge": "60" } }, onKeycloak);
new keycloak.authentication.Bindings("bindings", { ...inRealm, browserFlow: "browser", resetCredentialsFlow: soon("reset credentials", "direct grant") }, onKeycloak);
