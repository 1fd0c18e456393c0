import type { UserTemplateImporterIdentityProviderMapperArgs } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { text } from "../fields.ts";
import { identityProviderMapper } from "./identity-provider-mapper.ts";

/** `keycloak:index/userTemplateImporterIdentityProviderMapper:...`: the brokered user's name, e.g. `${ALIAS}.${CLAIM.preferred_username}`. */
export const userTemplateImporterIdentityProviderMapper = identityProviderMapper<Plain<UserTemplateImporterIdentityProviderMapperArgs>>(
  "keycloak:index/userTemplateImporterIdentityProviderMapper:UserTemplateImporterIdentityProviderMapper",
  { template: text(["config", "template"]) },
  () => "%s-username-idp-mapper",
);
