import type { openid } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { crud, ownedKeys } from "../crud.ts";
import { chosen, entries, flag, flagText, hashedTexts, outside, text, texts, type Field, type Representation } from "../fields.ts";

type Args = Plain<openid.ClientArgs>;

const attribute = (name: string): string[] => ["attributes", name];

const accessType: Field = {
  type: "string",
  required: true,
  oneOf: ["PUBLIC", "CONFIDENTIAL", "BEARER-ONLY"],
  write(representation, value) {
    representation["publicClient"] = value === "PUBLIC";
    representation["bearerOnly"] = value === "BEARER-ONLY";
  },
  read(representation) {
    if (representation["publicClient"]) return "PUBLIC";
    return representation["bearerOnly"] ? "BEARER-ONLY" : "CONFIDENTIAL";
  },
};

const authenticationFlowBindingOverrides: Field = {
  type: { object: { browserId: { type: "string" }, directGrantId: { type: "string" } } },
  empty: {},
  write(representation, value) {
    representation["authenticationFlowBindingOverrides"] = { browser: value.browserId ?? "", direct_grant: value.directGrantId ?? "" };
  },
  read(representation) {
    const { browser, direct_grant } = (representation["authenticationFlowBindingOverrides"] ?? {}) as Record<string, string>;
    return { ...(browser ? { browserId: browser } : {}), ...(direct_grant ? { directGrantId: direct_grant } : {}) };
  },
};

const fields: Partial<Record<keyof Args & string, Field>> = {
  realmId: outside(),
  clientId: text(["clientId"], { required: true }),
  name: text(["name"], chosen),
  description: text(["description"], chosen),
  enabled: flag(["enabled"], { default: true }),
  accessType,
  clientSecret: text(["secret"], { secret: true, ...chosen }),
  clientAuthenticatorType: text(["clientAuthenticatorType"], { default: "client-secret" }),
  // Keycloak would switch the standard flow on when nothing is said; the official provider says false, and so does this one.
  standardFlowEnabled: flag(["standardFlowEnabled"], { default: false }),
  implicitFlowEnabled: flag(["implicitFlowEnabled"], { default: false }),
  directAccessGrantsEnabled: flag(["directAccessGrantsEnabled"], { default: false }),
  serviceAccountsEnabled: flag(["serviceAccountsEnabled"], { default: false }),
  pkceCodeChallengeMethod: text(attribute("pkce.code.challenge.method"), { oneOf: ["", "plain", "S256"] }),
  validRedirectUris: texts(["redirectUris"], chosen),
  validPostLogoutRedirectUris: hashedTexts(attribute("post.logout.redirect.uris"), chosen),
  webOrigins: texts(["webOrigins"], chosen),
  rootUrl: text(["rootUrl"], chosen),
  baseUrl: text(["baseUrl"], chosen),
  adminUrl: text(["adminUrl"], chosen),
  fullScopeAllowed: flag(["fullScopeAllowed"], { default: true }),
  alwaysDisplayInConsole: flag(["alwaysDisplayInConsole"], { default: false }),
  consentRequired: flag(["consentRequired"], chosen),
  consentScreenText: text(attribute("consent.screen.text"), chosen),
  displayOnConsentScreen: flagText(attribute("display.on.consent.screen"), chosen),
  frontchannelLogoutEnabled: flag(["frontchannelLogout"], chosen),
  frontchannelLogoutUrl: text(attribute("frontchannel.logout.url")),
  backchannelLogoutUrl: text(attribute("backchannel.logout.url")),
  backchannelLogoutSessionRequired: flagText(attribute("backchannel.logout.session.required"), { default: true }),
  backchannelLogoutRevokeOfflineSessions: flagText(attribute("backchannel.logout.revoke.offline.tokens"), chosen),
  accessTokenLifespan: text(attribute("access.token.lifespan"), chosen),
  clientSessionIdleTimeout: text(attribute("client.session.idle.timeout"), chosen),
  clientSessionMaxLifespan: text(attribute("client.session.max.lifespan"), chosen),
  clientOfflineSessionIdleTimeout: text(attribute("client.offline.session.idle.timeout"), chosen),
  clientOfflineSessionMaxLifespan: text(attribute("client.offline.session.max.lifespan"), chosen),
  excludeSessionStateFromAuthResponse: flagText(attribute("exclude.session.state.from.auth.response"), chosen),
  excludeIssuerFromAuthResponse: flagText(attribute("exclude.issuer.from.auth.response"), chosen),
  useRefreshTokens: flagText(attribute("use.refresh.tokens"), { default: true }),
  useRefreshTokensClientCredentials: flagText(attribute("client_credentials.use_refresh_token"), { default: false }),
  standardTokenExchangeEnabled: flagText(attribute("standard.token.exchange.enabled"), { default: false }),
  requireDpopBoundTokens: flagText(attribute("dpop.bound.access.tokens")),
  oauth2DeviceAuthorizationGrantEnabled: flagText(attribute("oauth2.device.authorization.grant.enabled"), { default: false }),
  loginTheme: text(attribute("login_theme")),
  authenticationFlowBindingOverrides,
  // Last, as it adds to what the others wrote. Keycloak keeps attributes that are left out, so removed keys are sent empty.
  extraConfig: entries(["attributes"], {}, ""),
};

const named = (inputs: Args): string => `client "${inputs.clientId}" of realm "${inputs.realmId}"`;

/** `keycloak:openid/client:Client`; its id is Keycloak's own (not the client id), imports are `realmId/id`. */
export const openidClient = crud<Args>({
  token: "keycloak:openid/client:Client",
  fields,
  computed: ["clientSecret", "resourceServerId", "serviceAccountUserId"],
  secretOutputs: ["clientSecret"],
  // Keycloak makes up a secret for who gets one at last, and a user for a new service account.
  recomputed: (inputs, old) => [
    ...(inputs.accessType !== old.accessType ? ["clientSecret"] : []),
    ...(inputs.serviceAccountsEnabled !== old.serviceAccountsEnabled ? ["serviceAccountUserId"] : []),
  ],
  autonamed: "clientId",
  realmKey: "realmId",
  importFormat: "realmId/client's internal id",
  parseImport: ([realmId, id, ...rest]) => (realmId && id && rest.length === 0 ? { id, where: { realmId } } : undefined),
  describe: named,
  check(inputs) {
    const redirects = (inputs.validRedirectUris ?? []).length > 0;
    const browser = inputs.standardFlowEnabled === true || inputs.implicitFlowEnabled === true;
    return [
      ...ownedKeys(fields as Record<string, Field>, "attributes", inputs.extraConfig),
      ...(redirects && !browser ? [{ property: "validRedirectUris", reason: "needs standardFlowEnabled or implicitFlowEnabled: true" }] : []),
      ...(browser && !redirects && inputs.accessType !== "BEARER-ONLY"
        ? [{ property: "validRedirectUris", reason: "is required with standardFlowEnabled or implicitFlowEnabled" }]
        : []),
      ...(inputs.serviceAccountsEnabled && inputs.accessType === "PUBLIC"
        ? [{ property: "serviceAccountsEnabled", reason: "is not possible with accessType PUBLIC" }]
        : []),
    ];
  },
  async create(api, inputs, representation) {
    const body = { protocol: "openid-connect", ...representation, realm: inputs.realmId };
    return (await api.add(`create ${named(inputs)}`, (admin) => admin.clients.create(body))).id;
  },
  find: (api, where, id) =>
    api.find(`read client ${id} of realm "${where.realmId}"`, (admin) => admin.clients.findOne({ id, realm: where.realmId }) as Promise<Representation | undefined>),
  async replace(api, inputs, id, representation) {
    await api.change(`update ${named(inputs)}`, (admin) => admin.clients.update({ id, realm: inputs.realmId }, representation));
  },
  remove: (api, where, id) => api.remove(`delete ${named(where)}`, (admin) => admin.clients.del({ id, realm: where.realmId })),
  async outputs(api, inputs, found) {
    const account = found["serviceAccountsEnabled"]
      ? await api.find(`read the service account of ${named(inputs)}`, (admin) =>
          admin.clients.getServiceAccountUser({ id: found["id"] as string, realm: inputs.realmId }))
      : undefined;
    return {
      clientSecret: found["secret"] ?? inputs.clientSecret ?? "",
      resourceServerId: found["authorizationServicesEnabled"] ? found["id"] : "",
      serviceAccountUserId: account?.id ?? "",
    };
  },
});
