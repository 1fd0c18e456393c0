import type { CustomIdentityProviderMappingArgs } from "@pulumi/keycloak";
import type { Plain } from "../../server/unwrap.ts";
import { outside } from "../fields.ts";
import { identityProviderMapper } from "./identity-provider-mapper.ts";

/** `keycloak:index/customIdentityProviderMapping:...`: any mapper by Keycloak's own name, its settings in `extraConfig`. */
export const customIdentityProviderMapping = identityProviderMapper<Plain<CustomIdentityProviderMappingArgs>>(
  "keycloak:index/customIdentityProviderMapping:CustomIdentityProviderMapping",
  { identityProviderMapper: { ...outside({ required: true, replaces: true }), read: (representation, known) => known ?? representation["identityProviderMapper"] } },
  (inputs) => inputs.identityProviderMapper,
);
