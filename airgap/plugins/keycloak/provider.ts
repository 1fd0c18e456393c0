import type { ProviderDefinition } from "../server/resource-type.ts";
import { configProperties, type Config } from "./config.ts";
import { Session } from "./session.ts";
import { attributeImporterIdentityProviderMapper } from "./types/attribute-importer-identity-provider-mapper.ts";
import { audienceProtocolMapper } from "./types/audience-protocol-mapper.ts";
import { authenticationBindings } from "./types/authentication-bindings.ts";
import { authenticationExecutionConfig } from "./types/authentication-execution-config.ts";
import { authenticationExecution } from "./types/authentication-execution.ts";
import { authenticationFlow } from "./types/authentication-flow.ts";
import { authenticationSubflow } from "./types/authentication-subflow.ts";
import { genericProtocolMapper } from "./types/generic-protocol-mapper.ts";
import { hardcodedAttributeIdentityProviderMapper } from "./types/hardcoded-attribute-identity-provider-mapper.ts";
import { oidcIdentityProvider } from "./types/oidc-identity-provider.ts";
import { openidClientScope } from "./types/openid-client-scope.ts";
import { openidClientServiceAccountRealmRole } from "./types/openid-client-service-account-realm-role.ts";
import { openidClientDefaultScopes } from "./types/openid-client-scopes.ts";
import { openidClient } from "./types/openid-client.ts";
import { realmUserProfile } from "./types/realm-user-profile.ts";
import { realm } from "./types/realm.ts";
import { requiredAction } from "./types/required-action.ts";
import { role } from "./types/role.ts";
import { userAttributeProtocolMapper } from "./types/user-attribute-protocol-mapper.ts";
import { userTemplateImporterIdentityProviderMapper } from "./types/user-template-importer-identity-provider-mapper.ts";
import { user } from "./types/user.ts";

/** The stand-in for the official `keycloak` plugin: the resource types that DIVE uses, over Keycloak's own admin client. */
export const provider: ProviderDefinition<Session, Config> = {
  name: "keycloak",
  config: configProperties,
  configure: (config) => new Session(config),
  types: [
    realm,
    realmUserProfile,
    user,
    openidClient,
    openidClientScope,
    openidClientDefaultScopes,
    openidClientServiceAccountRealmRole,
    role,
    userAttributeProtocolMapper,
    audienceProtocolMapper,
    genericProtocolMapper,
    oidcIdentityProvider,
    attributeImporterIdentityProviderMapper,
    hardcodedAttributeIdentityProviderMapper,
    userTemplateImporterIdentityProviderMapper,
    authenticationFlow,
    authenticationSubflow,
    authenticationExecution,
    authenticationExecutionConfig,
    authenticationBindings,
    requiredAction,
  ],
};
