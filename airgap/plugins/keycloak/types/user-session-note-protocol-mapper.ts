import type { openid } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { text } from "../fields.ts";
import { addTo, addToTokenIntrospection, addToUserinfo, claim, config, openidProtocolMapper } from "./protocol-mapper.ts";

/** `keycloak:openid/userSessionNoteProtocolMapper:UserSessionNoteProtocolMapper`: a claim from a note of the login session. */
export const userSessionNoteProtocolMapper = openidProtocolMapper<Plain<openid.UserSessionNoteProtocolMapperArgs>>("UserSessionNoteProtocolMapper", "oidc-usersessionmodel-note-mapper", {
  ...claim,
  ...addTo,
  addToUserinfo,
  addToTokenIntrospection,
  sessionNote: text(config("user.session.note")),
});
