import { fileURLToPath } from "node:url";
import { afterAll, beforeAll } from "vitest";
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
  plugin = await PluginProcess.start(fileURLToPath(new URL("main.ts", import.meta.url)), realmTable.token, pluginConfig());
  world = await KeycloakWorld.open();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
});

const tables = [
  realmTable, userProfileTable, bindingsTable, requiredActionTable, userTable, clientTable, clientScopeTable, defaultScopesTable, ...protocolMapperTables,
  identityProviderTable, ...identityProviderMapperTables, flowTable, subflowTable, executionTable, executionConfigTable, roleTable, serviceAccountRealmRoleTable,
];
for (const table of tables) driveTable(table, () => plugin, () => world);
