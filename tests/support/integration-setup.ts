// Setup file of the integration project: every worker trusts the CA of the stack, and only that one. The tests of the keycloak plugin get its hub.
import { inject } from "vitest";
import { trustOnly } from "./trust.ts";

const { ca, instances, keycloakAdmin } = inject("stack");
trustOnly(ca);
Object.assign(process.env, {
  KEYCLOAK_URL: instances["USA"]!.keycloakUrl,
  KEYCLOAK_CLIENT_ID: keycloakAdmin["USA"]!.clientId,
  KEYCLOAK_CLIENT_SECRET: keycloakAdmin["USA"]!.clientSecret,
  KEYCLOAK_CA: ca,
});
