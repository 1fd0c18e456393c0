import type { AttributeImporterIdentityProviderMapperArgs } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { text } from "../fields.ts";
import { identityProviderMapper } from "./identity-provider-mapper.ts";

/** `keycloak:index/attributeImporterIdentityProviderMapper:...`: a user attribute from a claim of the partner's token (OIDC only). */
export const attributeImporterIdentityProviderMapper = identityProviderMapper<Plain<AttributeImporterIdentityProviderMapperArgs>>(
  "keycloak:index/attributeImporterIdentityProviderMapper:AttributeImporterIdentityProviderMapper",
  {
    claimName: text(["config", "claim"], { required: true }),
    userAttribute: text(["config", "user.attribute"], { required: true }),
  },
  () => "oidc-user-attribute-idp-mapper",
);
