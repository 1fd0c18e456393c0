/** The realm of an instance: the DIVE claims, the application's client, and the flows that brokered sign-ins go through. */
import * as pulumi from "@pulumi/pulumi";
import * as keycloak from "@pulumi/keycloak";
import { makeBrowserFlow } from "./browser-flow.ts";
import { backchannelLogoutUrl, backendAudience, type Site } from "./endpoints.ts";

/** A claim that a user of the federation carries, and the user attribute it comes from. */
export interface DiveClaim {
  readonly name: "uniqueID" | "clearance" | "countryOfAffiliation" | "acpCOI";
  readonly displayName: string;
  readonly multivalued: boolean;
}

/** The claims that the policy decides by. Declared in the user profile, so that only administrators set them. */
export const diveClaims: readonly DiveClaim[] = [
  { name: "uniqueID", displayName: "Unique identifier in the federation", multivalued: false },
  { name: "clearance", displayName: "Clearance", multivalued: false },
  { name: "countryOfAffiliation", displayName: "Country of affiliation", multivalued: false },
  { name: "acpCOI", displayName: "Communities of interest", multivalued: true },
];

/** Name of the client scope that puts the claims into tokens. */
const claimScope = "dive-claims";

/** Values of `acr` and the level of authentication each stands for: `1` a password, `2` a password and a one-time code. */
const authenticationLevels = { "1": 1, "2": 2 };

/** The scopes that Keycloak makes in each realm and that every client of ours keeps; without `basic` a token has no `sub`. */
const builtInScopes = ["acr", "basic", "profile", "roles", "web-origins"];

/** Arguments of {@link DiveRealm}. */
export interface DiveRealmArgs {
  readonly site: Site;
  /** Owner of the data the realm lives in: with it, it goes. */
  readonly dataVolume: pulumi.Resource;
  /** Complete when the server may be configured. */
  readonly ready: pulumi.Resource;
}

/** A realm as every instance has one. Keycloak's provider comes through the component's `providers`. */
export class DiveRealm extends pulumi.ComponentResource {
  readonly realm: keycloak.Realm;
  /** Has to be there before a user gets attributes: Keycloak drops what is not declared. */
  readonly userProfile: keycloak.RealmUserProfile;
  /** Scopes of every client: the built-in ones and the claims. */
  readonly clientScopes: readonly pulumi.Input<string>[];
  /** Id of the flow with the levels of authentication; every client through which people sign in names it. */
  readonly browserFlowId: pulumi.Output<string>;
  /** Alias of the flow that a partner's user goes through at the first sign-in. */
  readonly firstBrokerLoginFlow: pulumi.Output<string>;
  /** Options for whatever lives in this realm. */
  readonly inRealm: pulumi.CustomResourceOptions;

  constructor(name: string, args: DiveRealmArgs, opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:DiveRealm", name, {}, opts);
    const { site } = args;
    this.inRealm = { parent: this, dependsOn: [args.ready], deletedWith: args.dataVolume };
    this.realm = new keycloak.Realm(
      `${name}-realm`,
      {
        realm: site.realm,
        displayName: `DIVE V3 ${site.code}`,
        enabled: true,
        sslRequired: "all",
        registrationAllowed: false,
        resetPasswordAllowed: false,
        // People are known by user name: partners may well use the same e-mail addresses.
        loginWithEmailAllowed: false,
        duplicateEmailsAllowed: true,
        accessTokenLifespan: "15m",
        ssoSessionIdleTimeout: "15m",
        ssoSessionMaxLifespan: "8h",
        revokeRefreshToken: true,
        refreshTokenMaxReuse: 0,
        passwordPolicy: "length(16)",
        attributes: { "acr.loa.map": JSON.stringify(authenticationLevels) },
        securityDefenses: {
          bruteForceDetection: { maxLoginFailures: 5, waitIncrementSeconds: 60, maxFailureWaitSeconds: 900, failureResetTimeSeconds: 43_200 },
          headers: {
            // On localhost the header would be for every local port of this host, whatever runs there.
            strictTransportSecurity: new URL(site.keycloakUrl).hostname === "localhost" ? "" : "max-age=31536000; includeSubDomains",
          },
        },
      },
      this.inRealm,
    );
    this.userProfile = this.makeUserProfile(name);
    this.clientScopes = [...builtInScopes, this.makeClaimScope(name)];
    this.firstBrokerLoginFlow = this.makeFirstBrokerLoginFlow(name);
    this.browserFlowId = makeBrowserFlow(name, this.realm.id, this.inRealm);
    this.makeApplicationClient(name, site);
    this.registerOutputs({ realm: this.realm });
  }

  /** Unmanaged attributes stay off: what is not declared here cannot be set, and the claims are the administrators' alone. */
  private makeUserProfile(name: string): keycloak.RealmUserProfile {
    const everyone = ["admin", "user"];
    return new keycloak.RealmUserProfile(
      `${name}-user-profile`,
      {
        realmId: this.realm.id,
        attributes: [
          // Not required: a brokered user without them would be stopped at a form.
          ...["username", "email", "firstName", "lastName"].map((attribute) => ({ name: attribute, permissions: { views: everyone, edits: ["admin"] } })),
          ...diveClaims.map((claim) => ({
            name: claim.name,
            displayName: claim.displayName,
            multiValued: claim.multivalued,
            permissions: { views: everyone, edits: ["admin"] },
          })),
        ],
      },
      this.inRealm,
    );
  }

  private makeClaimScope(name: string): pulumi.Output<string> {
    const scope = new keycloak.openid.ClientScope(
      `${name}-claim-scope`,
      { realmId: this.realm.id, name: claimScope, description: "The claims that the coalition's policy decides by", includeInTokenScope: false },
      this.inRealm,
    );
    for (const claim of diveClaims)
      new keycloak.openid.UserAttributeProtocolMapper(
        `${name}-claim-${claim.name}`,
        { realmId: this.realm.id, clientScopeId: scope.id, name: claim.name, userAttribute: claim.name, claimName: claim.name, multivalued: claim.multivalued },
        this.inRealm,
      );
    this.makeAuthenticationMappers(name, scope.id);
    return scope.name;
  }

  /**
   * How the user was authenticated in this session: `acr` by the built-in scope, `amr` by the executions of the flow that were completed.
   * In a brokered session both are the partner's, by the mapper of our own provider (images/keycloak), which runs after Keycloak's.
   */
  private makeAuthenticationMappers(name: string, clientScopeId: pulumi.Input<string>): void {
    // All four: Keycloak adds those that are left out, which a refresh would take for drift.
    const tokens = { "access.token.claim": "true", "id.token.claim": "true", "introspection.token.claim": "true", "userinfo.token.claim": "true" };
    for (const [mapper, protocolMapper] of [["amr", "oidc-amr-mapper"], ["brokered-authentication", "dive-brokered-authentication-mapper"]] as const)
      new keycloak.GenericProtocolMapper(
        `${name}-claim-${mapper}`,
        { realmId: this.realm.id, clientScopeId, name: mapper, protocol: "openid-connect", protocolMapper, config: tokens },
        this.inRealm,
      );
  }

  /** A new user is made from the partner's assertion, never linked to one who is there: equal names cannot take an account over. */
  private makeFirstBrokerLoginFlow(name: string): pulumi.Output<string> {
    const flow = new keycloak.authentication.Flow(
      `${name}-first-broker-login`,
      { realmId: this.realm.id, alias: "dive-first-broker-login", description: "Makes the partner's user, links nobody", providerId: "basic-flow" },
      this.inRealm,
    );
    const execution = new keycloak.authentication.Execution(
      `${name}-first-broker-login-create`,
      { realmId: this.realm.id, parentFlowAlias: flow.alias, authenticator: "idp-create-user-if-unique", requirement: "REQUIRED" },
      this.inRealm,
    );
    return pulumi.all([flow.alias, execution.id]).apply(([alias]) => alias);
  }

  private makeApplicationClient(name: string, site: Site): void {
    const client = new keycloak.openid.Client(
      `${name}-application`,
      {
        realmId: this.realm.id,
        clientId: site.clientId,
        name: `DIVE V3 ${site.code}`,
        accessType: "PUBLIC",
        standardFlowEnabled: true,
        implicitFlowEnabled: false,
        directAccessGrantsEnabled: false,
        pkceCodeChallengeMethod: "S256",
        validRedirectUris: [`${site.backendUrl}/*`],
        validPostLogoutRedirectUris: [`${site.backendUrl}/*`],
        webOrigins: [site.backendUrl],
        fullScopeAllowed: false,
        backchannelLogoutUrl: backchannelLogoutUrl(site),
        backchannelLogoutSessionRequired: true,
        authenticationFlowBindingOverrides: { browserId: this.browserFlowId },
      },
      this.inRealm,
    );
    new keycloak.openid.AudienceProtocolMapper(
      `${name}-application-audience`,
      { realmId: this.realm.id, clientId: client.id, name: "backend-audience", includedCustomAudience: backendAudience, addToIdToken: false },
      this.inRealm,
    );
    new keycloak.openid.ClientDefaultScopes(`${name}-application-scopes`, { realmId: this.realm.id, clientId: client.id, defaultScopes: [...this.clientScopes] }, this.inRealm);
  }
}
