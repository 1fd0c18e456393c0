import type { GenericProtocolMapperArgs } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { text, type Field } from "../fields.ts";
import { protocolMapper } from "./protocol-mapper.ts";

/** The whole map belongs to the program: a key that somebody added is a difference. */
const config: Field = {
  type: { map: "string" },
  required: true,
  write: (representation, value) => void (representation["config"] = value),
  read: (representation) => representation["config"],
};

/** `keycloak:index/genericProtocolMapper:GenericProtocolMapper`: any mapper by Keycloak's own name, such as `oidc-amr-mapper`. */
export const genericProtocolMapper = protocolMapper<Plain<GenericProtocolMapperArgs>>(
  "keycloak:index/genericProtocolMapper:GenericProtocolMapper",
  {},
  {
    protocol: text(["protocol"], { required: true, replaces: true, oneOf: ["openid-connect", "saml"] }),
    protocolMapper: text(["protocolMapper"], { required: true, replaces: true }),
    config,
  },
);
