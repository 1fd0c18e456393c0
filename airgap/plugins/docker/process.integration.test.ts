import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Empty } from "../server/protocol.ts";
import { PluginProcess, initFailure } from "../server/test-client.ts";
import { Life } from "../server/test-life.ts";
import type { Bag } from "../server/values.ts";
import { containerTable } from "./tables/container.ts";
import { networkTable } from "./tables/network.ts";
import { DockerWorld, found } from "./tables/world.ts";
import { volumeTable } from "./tables/volume.ts";

/** What a table of cases does not show: calls that are cut off, and errors that name the object in the way. */
let world: DockerWorld;
const start = (config: Bag = {}) => PluginProcess.start(fileURLToPath(new URL("main.ts", import.meta.url)), containerTable.token, config);
const of = (name: string, more: Bag): Bag => ({ ...containerTable.base({ world, name, stored: undefined }), start: true, ...more });
/** Never healthy: a create that waits for it is in the middle for as long as the test wants. */
const waiting = { mustRun: true, wait: true, waitTimeout: 60, healthcheck: { tests: ["CMD", "false"], interval: "1s", retries: 100 } };
const nothing = async (): Promise<undefined> => undefined;
const isRunning = (name: string) => expect.poll(async () => (await found(world.docker.getContainer(world.named(name)).inspect()))?.State.Running, { timeout: 10_000 }).toBe(true);

beforeAll(async () => {
  world = await DockerWorld.open();
});
afterAll(() => world[Symbol.asyncDispose]());

it("Cancel ends a create that waits, and the container is kept in the state", async () => {
  await using plugin = await start();
  const life = new Life(plugin, "cancelled");
  const up = life.up(of("cancelled", waiting), nothing).catch((error: unknown) => error);
  await isRunning("cancelled");
  await plugin.call("cancel", new Empty());
  expect(await up).toMatchObject({ details: expect.stringContaining("the operation was cancelled") as string });
  await life.destroy();
  expect(await found(world.docker.getContainer(world.named("cancelled")).inspect())).toBeUndefined();
});

it("customTimeouts end a create that waits, and the error says so", async () => {
  await using plugin = await start();
  const { inputs } = await plugin.check("late", of("late", waiting));
  const error = await plugin.create("late", inputs, { timeoutSeconds: 2 }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ details: expect.stringContaining("the time limit of 2 s is over (customTimeouts sets it)") as string });
  expect(initFailure(error)?.id).toMatch(/^[0-9a-f]{64}$/);
});

it("after kill -9 in the middle of a create, what was made is found by its name, and is in nobody's way once deleted", async () => {
  const killed = await start();
  const up = new Life(killed, "killed").up(of("killed", waiting), nothing).catch((error: unknown) => error);
  await isRunning("killed");
  const exited = once(killed.child, "exit");
  killed.child.kill("SIGKILL");
  await exited;
  expect(await up).toMatchObject({ code: 14 });

  await using plugin = await start();
  const again = new Life(plugin, "killed");
  await expect(again.up(of("killed", {}), nothing)).rejects.toThrow("not taken over");
  await again.import(world.named("killed"));
  await again.destroy();
  await again.up(of("killed", {}), nothing);
});

it("a network or volume that is in use names its users when it cannot be deleted", async () => {
  await using plugin = await start();
  const network = new Life(plugin.of(networkTable.token), "used");
  const volume = new Life(plugin.of(volumeTable.token), "used");
  await network.up({ name: world.named("used"), labels: world.labels }, nothing);
  await volume.up({ name: world.named("used"), labels: world.labels }, nothing);
  const user = new Life(plugin, "user");
  await user.up(of("user", { networkMode: undefined, networksAdvanced: [{ name: world.named("used") }], volumes: [{ volumeName: world.named("used"), containerPath: "/d" }] }), nothing);
  await expect(network.destroy()).rejects.toThrow(`still attached: ${world.named("user")}`);
  await expect(volume.destroy()).rejects.toThrow(`used by: ${world.named("user")}`);
  await user.destroy();
  await network.destroy();
  await volume.destroy();
});

it("a file goes into a writable volume below a read-only root", async () => {
  await using plugin = await start();
  const life = new Life(plugin, "below");
  const inputs = { readOnly: true, mustRun: true, volumes: [{ containerPath: "/v" }], uploads: [{ file: "/v/run.sh", content: "#!/bin/sh\nexec sleep 60\n", permissions: "0755" }], entrypoints: ["/v/run.sh"], command: [], user: "0:0" };
  await life.up(of("below", inputs), nothing);
  await life.destroy();
});

it("says which call failed when there is no daemon", async () => {
  await using plugin = await start({ host: "unix:///nonexistent.sock" });
  await expect(plugin.of(volumeTable.token).read("v", "v", {}, {})).rejects.toThrow(/cannot inspect volume "v": .*is the Docker daemon running/);
});
