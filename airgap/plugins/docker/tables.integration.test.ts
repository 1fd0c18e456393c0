import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { driveTable } from "../server/table-driver.ts";
import { PluginProcess } from "../server/test-client.ts";
import { containerTable } from "./tables/container.ts";
import { networkTable } from "./tables/network.ts";
import { remoteImageTable } from "./tables/remote-image.ts";
import { volumeTable } from "./tables/volume.ts";
import { DockerWorld } from "./tables/world.ts";

/** The plugin as its own process, called as the engine calls it, on a real daemon. */
let plugin: PluginProcess | undefined;
let world: DockerWorld | undefined;

beforeAll(async () => {
  world = await DockerWorld.open();
  plugin = await PluginProcess.startWarm(fileURLToPath(new URL("main.ts", import.meta.url)), volumeTable.token);
});
afterAll(async () => {
  await plugin?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

for (const table of [remoteImageTable, volumeTable, networkTable, containerTable]) driveTable(table, () => plugin!, () => world!);

it("has stayed under 100 MiB of its own through all of it", () => {
  expect(plugin!.peakOwnMemoryMib()).toBeLessThan(100);
});
