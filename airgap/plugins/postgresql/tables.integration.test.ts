import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { driveTable } from "../server/table-driver.ts";
import { PluginProcess } from "../server/test-client.ts";
import { databaseTable } from "./tables/database.ts";
import { grantTable } from "./tables/grant.ts";
import { roleTable } from "./tables/role.ts";
import { schemaTable } from "./tables/schema.ts";
import { PostgresWorld } from "./tables/world.ts";

/** The plugin as its own process, called as the engine calls it, on a real server. */
let plugin: PluginProcess | undefined;
let world: PostgresWorld | undefined;

beforeAll(async () => {
  world = await PostgresWorld.open();
  plugin = await PluginProcess.startWarm(fileURLToPath(new URL("main.ts", import.meta.url)), roleTable.token, world.config());
});
afterAll(async () => {
  await plugin?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

for (const table of [roleTable, databaseTable, schemaTable, grantTable]) driveTable(table, () => plugin!, () => world!);

it("has stayed under 100 MiB of its own through all of it", () => {
  expect(plugin!.peakOwnMemoryMib()).toBeLessThan(100);
});
