/** One side of a federation link: what a realm needs so that a partner's users may sign in here, and ours there. */
import { createHash } from "node:crypto";
import * as keycloak from "@pulumi/keycloak";
import * as pulumi from "@pulumi/pulumi";
import { backchannelLogoutUrl, type Peer, type Site } from "./endpoints.ts";
import { diveClaims, type DiveRealm } from "./realm.ts";

/** Arguments of {@link FederationHalf}. */
export interface FederationHalfArgs {
  /** The side that is configured. */
  readonly own: Site;
  readonly realm: DiveRealm;
  /** The other side: public values only. */
  readonly partner: Peer;
  /** What must be complete before anything is made in the realm. Default: nothing more than the realm. */
  readonly after?: readonly pulumi.Resource[];
}

/**
 * The objects of one side: the broker to the partner with its mappers and its guard, and the client as which the partner's Keycloak comes.
 * Both authenticate with their realm's own key (`private_key_jwt`, published as JWKS): the nations share no secret.
 */
export class FederationHalf extends pulumi.ComponentResource {
  readonly broker: keycloak.oidc.IdentityProvider;
  /** Changes when the broker is made anew or its settings change, so that the link is checked again. */
  readonly settingsHash: pulumi.Output<string>;

  constructor(name: string, args: FederationHalfArgs, opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:FederationHalf", name, {}, opts);
    const inRealm = pulumi.mergeOptions(args.realm.inRealm, { parent: this, dependsOn: [...(args.after ?? [])] });
    this.makePartnerClient(name, args, inRealm);
    const guard = this.makeGuard(name, args, inRealm);
    this.broker = this.makeBroker(name, args, guard, inRealm);
    const { internalId, enabled, issuer, authorizationUrl, tokenUrl, jwksUrl, clientId, extraConfig, firstBrokerLoginFlowAlias, postBrokerLoginFlowAlias } = this.broker;
    this.settingsHash = pulumi
      .jsonStringify({ internalId, enabled, issuer, authorizationUrl, tokenUrl, jwksUrl, clientId, extraConfig, firstBrokerLoginFlowAlias, postBrokerLoginFlowAlias })
      .apply((settings) => createHash("sha256").update(settings).digest("hex"));
    this.registerOutputs({ broker: this.broker });
  }

  /** As this client the partner's Keycloak fetches tokens about our users. */
  private makePartnerClient(name: string, { own, realm, partner }: FederationHalfArgs, inRealm: pulumi.CustomResourceOptions): void {
    const client = new keycloak.openid.Client(
      `${name}-client`,
      {
        realmId: realm.realm.id,
        clientId: partner.clientId,
        name: `Broker of ${partner.code}`,
        accessType: "CONFIDENTIAL",
        clientAuthenticatorType: "client-jwt",
        standardFlowEnabled: true,
        implicitFlowEnabled: false,
        directAccessGrantsEnabled: false,
        serviceAccountsEnabled: false,
        fullScopeAllowed: false,
        // To the own backend, as the partner's Keycloak does not pass on what it would be told: the session here is what the partner's tokens name (idp_sid).
        backchannelLogoutUrl: backchannelLogoutUrl(own),
        backchannelLogoutSessionRequired: true,
        authenticationFlowBindingOverrides: { browserId: realm.browserFlowId },
        pkceCodeChallengeMethod: "S256",
        validRedirectUris: [`${partner.issuer}/broker/${own.brokerAlias}/endpoint`],
        validPostLogoutRedirectUris: [`${partner.issuer}/broker/${own.brokerAlias}/endpoint/logout_response`],
        extraConfig: {
          "use.jwks.url": "true",
          "jwks.url": `${partner.realmInternalUrl}/protocol/openid-connect/certs`,
          "token.endpoint.auth.signing.alg": "RS256",
        },
      },
      inRealm,
    );
    new keycloak.openid.ClientDefaultScopes(`${name}-client-scopes`, { realmId: realm.realm.id, clientId: client.id, defaultScopes: [...realm.clientScopes] }, inRealm);
  }

  /** After each sign-in through the broker: who does not carry an identifier of the partner's nation is refused. */
  private makeGuard(name: string, { realm, partner }: FederationHalfArgs, inRealm: pulumi.CustomResourceOptions): pulumi.Output<string> {
    const realmId = realm.realm.id;
    const code = partner.code.toLowerCase();
    const flow = new keycloak.authentication.Flow(
      `${name}-guard`,
      { realmId, alias: `dive-guard-${code}`, description: `Refuses identifiers that are not ${partner.code}'s`, providerId: "basic-flow" },
      inRealm,
    );
    const allow = new keycloak.authentication.Execution(
      `${name}-guard-allow`,
      { realmId, parentFlowAlias: flow.alias, authenticator: "allow-access-authenticator", requirement: "REQUIRED", priority: 10 },
      inRealm,
    );
    const foreign = new keycloak.authentication.Subflow(
      `${name}-guard-foreign`,
      { realmId, parentFlowAlias: flow.alias, alias: `dive-guard-${code}-foreign`, providerId: "basic-flow", requirement: "CONDITIONAL", priority: 20 },
      pulumi.mergeOptions(inRealm, { dependsOn: [allow] }),
    );
    const condition = new keycloak.authentication.Execution(
      `${name}-guard-condition`,
      { realmId, parentFlowAlias: foreign.alias, authenticator: "conditional-user-attribute", requirement: "REQUIRED", priority: 10 },
      inRealm,
    );
    const expectation = new keycloak.authentication.ExecutionConfig(
      `${name}-guard-expectation`,
      {
        realmId,
        executionId: condition.id,
        alias: `dive-guard-${code}`,
        config: { attribute_name: "uniqueID", attribute_expected_value: `^${code}:.+`, regex: "true", not: "true", include_group_attributes: "false" },
      },
      inRealm,
    );
    const deny = new keycloak.authentication.Execution(
      `${name}-guard-deny`,
      { realmId, parentFlowAlias: foreign.alias, authenticator: "deny-access-authenticator", requirement: "REQUIRED", priority: 20 },
      pulumi.mergeOptions(inRealm, { dependsOn: [condition] }),
    );
    // The alias only once the guard is whole: a broker must never be open with half a guard.
    return pulumi.all([flow.alias, expectation.id, deny.id]).apply(([alias]) => alias);
  }

  private makeBroker(name: string, { own, realm, partner }: FederationHalfArgs, guard: pulumi.Input<string>, inRealm: pulumi.CustomResourceOptions): keycloak.oidc.IdentityProvider {
    const broker = new keycloak.oidc.IdentityProvider(
      `${name}-broker`,
      {
        realm: realm.realm.id,
        alias: partner.brokerAlias,
        displayName: partner.code,
        enabled: true,
        // Browsers go to the public address, the servers talk between containers; the issuer is always the public one.
        authorizationUrl: `${partner.issuer}/protocol/openid-connect/auth`,
        logoutUrl: `${partner.issuer}/protocol/openid-connect/logout`,
        // The browser takes a logout home, as it does a sign-in: the public address is not the servers', and only the browser has the session's cookies.
        backchannelSupported: false,
        tokenUrl: `${partner.realmInternalUrl}/protocol/openid-connect/token`,
        jwksUrl: `${partner.realmInternalUrl}/protocol/openid-connect/certs`,
        issuer: partner.issuer,
        validateSignature: true,
        clientId: own.clientId,
        // Required by the provider and used by nobody: the broker signs with its realm's key, see extraConfig.
        clientSecret: "none: private_key_jwt",
        defaultScopes: "openid",
        disableUserInfo: true,
        storeToken: false,
        trustEmail: false,
        syncMode: "FORCE",
        firstBrokerLoginFlowAlias: realm.firstBrokerLoginFlow,
        postBrokerLoginFlowAlias: guard,
        extraConfig: {
          clientAuthMethod: "private_key_jwt",
          clientAssertionAudience: partner.issuer,
          clientAssertionSigningAlg: "RS256",
          pkceEnabled: "true",
          pkceMethod: "S256",
          // A second factor that is asked for here is given at home, and home's ID token, kept with the session, says that it was.
          forwardParameters: "acr_values",
          sendIdTokenOnLogout: "true",
        },
      },
      inRealm,
    );
    const mapper = { realm: realm.realm.id, identityProviderAlias: broker.alias, extraConfig: { syncMode: "INHERIT" } };
    new keycloak.UserTemplateImporterIdentityProviderMapper(
      `${name}-map-username`,
      { ...mapper, name: "username", template: "${ALIAS}.${CLAIM.preferred_username}" },
      inRealm,
    );
    // Whatever the partner says of the country: its users are its own.
    new keycloak.HardcodedAttributeIdentityProviderMapper(
      `${name}-map-countryOfAffiliation`,
      { ...mapper, name: "countryOfAffiliation", attributeName: "countryOfAffiliation", attributeValue: partner.code, userSession: false },
      inRealm,
    );
    for (const claim of diveClaims.filter((claim) => claim.name !== "countryOfAffiliation"))
      new keycloak.AttributeImporterIdentityProviderMapper(
        `${name}-map-${claim.name}`,
        { ...mapper, name: claim.name, claimName: claim.name, userAttribute: claim.name },
        inRealm,
      );
    return broker;
  }
}
