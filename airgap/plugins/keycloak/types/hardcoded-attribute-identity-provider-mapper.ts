import type { HardcodedAttributeIdentityProviderMapperArgs } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { outside, text } from "../fields.ts";
import { identityProviderMapper } from "./identity-provider-mapper.ts";

/** Keycloak's name of the mapper that sets a note of the session, in place of an attribute of the user. */
const SESSION = "hardcoded-user-session-attribute-idp-mapper";

/** `keycloak:index/hardcodedAttributeIdentityProviderMapper:...`: the same attribute for every user of a broker, or for the session only. */
export const hardcodedAttributeIdentityProviderMapper = identityProviderMapper<Plain<HardcodedAttributeIdentityProviderMapperArgs>>(
  "keycloak:index/hardcodedAttributeIdentityProviderMapper:HardcodedAttributeIdentityProviderMapper",
  {
    attributeName: text(["config", "attribute"]),
    attributeValue: text(["config", "attribute.value"]),
    userSession: { ...outside({ type: "boolean", required: true, replaces: true }), read: (representation) => representation["identityProviderMapper"] === SESSION },
  },
  (inputs) => (inputs.userSession ? SESSION : "hardcoded-attribute-idp-mapper"),
);
