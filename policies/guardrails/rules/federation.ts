import { type Rule, when } from "../rule.ts";

/** Keycloak's defaults are the wrong ones here: validateSignature is false, and a missing issuer is not checked. */
export const brokers: Rule = {
  name: "brokers",
  description: "A partner's tokens are checked: signature by its published keys, issuer, and over TLS; no secret is shared with it.",
  types: ["keycloak:oidc/identityProvider:IdentityProvider"],
  violations(props) {
    const urls = ["authorizationUrl", "tokenUrl", "jwksUrl", "userInfoUrl", "logoutUrl"] as const;
    return [
      ...when(
        [props["validateSignature"] !== true, "must have validateSignature: true"],
        [!props["issuer"], "must have the partner's issuer"],
        [!props["jwksUrl"], "must have the partner's jwksUrl"],
        [props["syncMode"] !== "FORCE", "must have syncMode FORCE, so that a withdrawn clearance does not stay"],
        [(props["extraConfig"] as Record<string, unknown> | undefined)?.["clientAuthMethod"] !== "private_key_jwt", "must sign in to the partner by private_key_jwt"],
      ),
      ...urls.filter((name) => props[name] && !String(props[name]).startsWith("https://")).map((name) => `${name} must begin with https://`),
    ];
  },
};

/** What lets somebody else have a user's tokens. */
export const clients: Rule = {
  name: "clients",
  description: "A client uses the authorization code flow, public ones with PKCE, and sends codes to known hosts over TLS only.",
  types: ["keycloak:openid/client:Client"],
  violations(props) {
    const redirects = (props["validRedirectUris"] ?? []) as string[];
    return [
      ...when(
        [props["implicitFlowEnabled"] === true, "must not use the implicit flow"],
        [props["directAccessGrantsEnabled"] === true, "must not take passwords (directAccessGrantsEnabled)"],
        [props["accessType"] === "PUBLIC" && props["standardFlowEnabled"] === true && props["pkceCodeChallengeMethod"] !== "S256", "is public and must use PKCE with S256"],
        [((props["webOrigins"] ?? []) as string[]).includes("*"), "lets pages of every origin read tokens"],
      ),
      ...redirects.filter((uri) => !/^https:\/\/[^/*]+\//.test(uri)).map((uri) => `may redirect to ${uri}; allowed: https:// with a host, and a star in the path only`),
    ];
  },
};

/** What a realm must not be talked into. */
export const realms: Rule = {
  name: "realms",
  description: "A realm wants TLS from everybody, registers nobody by itself, and locks out who guesses passwords.",
  types: ["keycloak:index/realm:Realm"],
  violations: (props) =>
    when(
      [props["sslRequired"] !== "all", 'must have sslRequired "all"'],
      [props["registrationAllowed"] === true, "must not let people register themselves"],
      [props["securityDefenses"]?.bruteForceDetection === undefined, "must have securityDefenses.bruteForceDetection"],
    ),
};
