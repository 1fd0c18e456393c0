import type { openid } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { flagText, text } from "../fields.ts";
import { addTo, addToTokenIntrospection, addToUserinfo, claim, config, openidProtocolMapper } from "./protocol-mapper.ts";

/** `keycloak:openid/userAttributeProtocolMapper:UserAttributeProtocolMapper`: a claim from an attribute of the user. */
export const userAttributeProtocolMapper = openidProtocolMapper<Plain<openid.UserAttributeProtocolMapperArgs>>("UserAttributeProtocolMapper", "oidc-usermodel-attribute-mapper", {
  ...claim,
  ...addTo,
  addToUserinfo,
  addToTokenIntrospection,
  userAttribute: text(config("user.attribute"), { required: true }),
  multivalued: flagText(config("multivalued"), { default: false }),
  aggregateAttributes: flagText(config("aggregate.attrs"), { default: false }),
});
