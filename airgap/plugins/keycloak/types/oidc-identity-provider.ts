import type { oidc } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { crud, ownedKeys } from "../crud.ts";
import { chosen, entries, flag, flagText, outside, text, type Field, type Representation } from "../fields.ts";

type Args = Plain<oidc.IdentityProviderArgs>;

const config = (key: string): string[] => ["config", key];

const keys = text(config("jwksUrl"));

/** Keycloak looks at the URL only when told to. */
const jwksUrl: Field = {
  ...keys,
  write(representation, value) {
    keys.write(representation, value);
    representation["config"]["useJwksUrl"] = String(value !== "");
  },
};

const fields: Partial<Record<keyof Args & string, Field>> = {
  realm: outside(),
  alias: text(["alias"], { required: true, replaces: true }),
  // The official provider updates it in place, which Keycloak ignores.
  providerId: text(["providerId"], { default: "oidc", replaces: true }),
  displayName: text(["displayName"], chosen),
  enabled: flag(["enabled"], { default: true }),
  storeToken: flag(["storeToken"], { default: true }),
  addReadTokenRoleOnCreate: flag(["addReadTokenRoleOnCreate"], { default: false, replaces: true }),
  authenticateByDefault: flag(["authenticateByDefault"], { default: false }),
  linkOnly: flag(["linkOnly"], { default: false }),
  trustEmail: flag(["trustEmail"], { default: false }),
  hideOnLoginPage: flag(["hideOnLogin"], { default: false }),
  firstBrokerLoginFlowAlias: text(["firstBrokerLoginFlowAlias"], { default: "first broker login" }),
  postBrokerLoginFlowAlias: text(["postBrokerLoginFlowAlias"]),
  clientId: text(config("clientId"), { required: true }),
  // Keycloak answers asterisks, so a changed secret cannot be seen.
  clientSecret: text(config("clientSecret"), { secret: true, writeOnly: true }),
  authorizationUrl: text(config("authorizationUrl"), { required: true }),
  tokenUrl: text(config("tokenUrl"), { required: true }),
  userInfoUrl: text(config("userInfoUrl")),
  logoutUrl: text(config("logoutUrl")),
  issuer: text(config("issuer")),
  jwksUrl,
  validateSignature: flagText(config("validateSignature"), { default: false }),
  syncMode: text(config("syncMode"), { default: "LEGACY", oneOf: ["IMPORT", "FORCE", "LEGACY"] }),
  defaultScopes: text(config("defaultScope"), { default: "openid" }),
  backchannelSupported: flagText(config("backchannelSupported"), { default: true }),
  disableUserInfo: flagText(config("disableUserInfo"), { default: false }),
  disableTypeClaimCheck: flagText(config("disableTypeClaimCheck"), { default: false }),
  acceptsPromptNoneForwardFromClient: flagText(config("acceptsPromptNoneForwardFromClient"), { default: false }),
  loginHint: text(config("loginHint")),
  uiLocales: flagText(config("uiLocales"), { default: false }),
  guiOrder: text(config("guiOrder")),
  // Last, as it adds to what the others wrote.
  extraConfig: entries(["config"]),
};

const named = (inputs: Args): string => `identity provider "${inputs.alias}" of realm "${inputs.realm}"`;

/** `keycloak:oidc/identityProvider:IdentityProvider`; its id is the alias, imports are `realm/alias`. */
export const oidcIdentityProvider = crud<Args>({
  token: "keycloak:oidc/identityProvider:IdentityProvider",
  fields,
  computed: ["internalId"],
  realmKey: "realm",
  importFormat: "realm/alias",
  parseImport: ([realm, alias, ...rest]) => (realm && alias && rest.length === 0 ? { id: alias, where: { realm, alias } } : undefined),
  describe: named,
  check: (inputs) => [
    ...ownedKeys(fields as Record<string, Field>, "config", inputs.extraConfig),
    // The official provider refuses it, also where the broker signs with its key and never sends a secret.
    ...(inputs.clientSecret === undefined ? [{ property: "clientSecret", reason: "is required (the stand-in has no clientSecretWo)" }] : []),
  ],
  async create(api, inputs, representation) {
    await api.add(`create ${named(inputs)}`, (admin) => admin.identityProviders.create({ ...representation, realm: inputs.realm }));
    return inputs.alias;
  },
  find: (api, where) =>
    api.find(`read ${named(where)}`, (admin) =>
      admin.identityProviders.findOne({ alias: where.alias, realm: where.realm }) as Promise<Representation | undefined>),
  async replace(api, inputs, _id, representation) {
    await api.change(`update ${named(inputs)}`, (admin) => admin.identityProviders.update({ alias: inputs.alias, realm: inputs.realm }, representation));
  },
  remove: (api, where) =>
    api.remove(`delete ${named(where)}`, (admin) => admin.identityProviders.del({ alias: where.alias, realm: where.realm })),
  outputs: async (_api, _inputs, found) => ({ internalId: found["internalId"] }),
});
