import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe } from "vitest";
import { driveTable } from "../server/table-driver.ts";
import { PluginProcess } from "../server/test-client.ts";
import { clientScopeTable, defaultScopesTable } from "./tables/client-scopes.ts";
import { clientTable } from "./tables/client.ts";
import { executionConfigTable, executionTable, flowTable, subflowTable } from "./tables/flows.ts";
import { identityProviderMapperTables, identityProviderTable } from "./tables/identity-providers.ts";
import { protocolMapperTables } from "./tables/protocol-mappers.ts";
import { bindingsTable, requiredActionTable } from "./tables/realm-settings.ts";
import { realmTable } from "./tables/realm.ts";
import { roleTable, serviceAccountRealmRoleTable } from "./tables/roles.ts";
import { userProfileTable } from "./tables/user-profile.ts";
import { userTable } from "./tables/user.ts";
import { KeycloakWorld, pluginConfig } from "./tables/world.ts";

/** The plugin as its own process, called as the engine calls it, on a real Keycloak. */
let plugin: PluginProcess;
let world: KeycloakWorld;

beforeAll(async () => {
  plugin = await PluginProcess.startWarm(fileURLToPath(new URL("main.ts", import.meta.url)), realmTable.token, pluginConfig());
  world = await KeycloakWorld.open();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
});

/** Tables of one line touch the same objects of the realm and take turns; lines run side by side. */
const lines = {
  realms: [realmTable],
  "what a realm has one of": [userProfileTable, bindingsTable, requiredActionTable],
  "clients and scopes": [clientTable, clientScopeTable, defaultScopesTable, ...protocolMapperTables],
  "users, roles and flows": [userTable, roleTable, serviceAccountRealmRoleTable, flowTable, subflowTable, executionTable, executionConfigTable],
  "identity providers": [identityProviderTable, ...identityProviderMapperTables],
};
for (const [line, tables] of Object.entries(lines)) {
  describe.concurrent(line, () => {
    for (const table of tables) driveTable(table, () => plugin, () => world);
  });
}
