import type { openid } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { text } from "../fields.ts";
import { addTo, addToUserinfo, claim, config, openidProtocolMapper } from "./protocol-mapper.ts";

/** `keycloak:openid/userPropertyProtocolMapper:UserPropertyProtocolMapper`: a claim from a property of the user, such as username. */
export const userPropertyProtocolMapper = openidProtocolMapper<Plain<openid.UserPropertyProtocolMapperArgs>>("UserPropertyProtocolMapper", "oidc-usermodel-property-mapper", {
  ...claim,
  ...addTo,
  addToUserinfo,
  userProperty: text(config("user.attribute"), { required: true }),
});
