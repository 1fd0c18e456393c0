import type { openid } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { text } from "../fields.ts";
import { addTo, addToUserinfo, claim, config, protocolMapper } from "./protocol-mapper.ts";

/** `keycloak:openid/hardcodedClaimProtocolMapper:HardcodedClaimProtocolMapper`: a claim that is the same for everybody. */
export const hardcodedClaimProtocolMapper = protocolMapper<Plain<openid.HardcodedClaimProtocolMapperArgs>>("HardcodedClaimProtocolMapper", "oidc-hardcoded-claim-mapper", {
  ...claim,
  ...addTo,
  addToUserinfo,
  claimValue: text(config("claim.value"), { required: true }),
});
