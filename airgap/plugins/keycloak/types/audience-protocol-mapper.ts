import type { openid } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { text } from "../fields.ts";
import { addTo, addToTokenIntrospection, config, openidProtocolMapper } from "./protocol-mapper.ts";

/** `keycloak:openid/audienceProtocolMapper:AudienceProtocolMapper`: an entry of the audience claim. */
export const audienceProtocolMapper = openidProtocolMapper<Plain<openid.AudienceProtocolMapperArgs>>("AudienceProtocolMapper", "oidc-audience-mapper", {
  ...addTo,
  addToTokenIntrospection,
  includedClientAudience: text(config("included.client.audience")),
  includedCustomAudience: text(config("included.custom.audience")),
});
