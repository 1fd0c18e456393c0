import type { openid } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { text } from "../fields.ts";
import { addTo, addToUserinfo, claim, config, openidProtocolMapper } from "./protocol-mapper.ts";

/** `keycloak:openid/hardcodedClaimProtocolMapper:HardcodedClaimProtocolMapper`: a claim that is the same for everybody. */
export const hardcodedClaimProtocolMapper = openidProtocolMapper<Plain<openid.HardcodedClaimProtocolMapperArgs>>("HardcodedClaimProtocolMapper", "oidc-hardcoded-claim-mapper", {
  ...claim,
  ...addTo,
  addToUserinfo,
  claimValue: text(config("claim.value"), { required: true }),
});
