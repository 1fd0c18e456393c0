import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messages } from "../server/protocol.ts";
import { PluginProcess } from "../server/test-client.ts";
import { Secret, Unknown, plain } from "../server/values.ts";

const start = () => PluginProcess.start(fileURLToPath(new URL("main.ts", import.meta.url)), "random:index/randomPassword:RandomPassword");

describe("the random plugin over gRPC", { timeout: 60_000 }, () => {
  let plugin: PluginProcess;
  beforeAll(async () => {
    plugin = await start();
  });
  afterAll(() => plugin[Symbol.asyncDispose]());

  it("creates a secret password of the wanted characters, and keeps it on a read", async () => {
    const { inputs, failures } = await plugin.check("pw", { length: 40, overrideSpecial: "-_", minSpecial: 5, upper: false });
    expect(failures).toEqual([]);
    const { id, state } = await plugin.create("pw", inputs);
    expect(id).toBe("none");
    expect(state.result).toBeInstanceOf(Secret);
    const password = plain(state.result) as string;
    expect(password).toMatch(/^[a-z0-9_-]{40}$/);
    expect(password.replace(/[^_-]/g, "").length).toBeGreaterThanOrEqual(5);
    expect(await plugin.read("pw", id, state, inputs)).toEqual({ id, state, inputs });
  });

  it("previews: inputs known, the password unknown and secret", async () => {
    const { id, state } = await plugin.create("pw", (await plugin.check("pw", { length: 8 })).inputs, { preview: true });
    expect(id).toBe("");
    expect(state).toMatchObject({ length: 8, special: true, result: new Secret(Unknown.value) });
  });

  it("refuses what it does not support, by path and rule", async () => {
    expect((await plugin.check("pw", { length: "8", colour: "red" })).failures.map((failure) => failure.split(" ")[0]).sort()).toEqual(["colour:", "length:"]);
    expect((await plugin.check("pw", { length: 3, minUpper: 2, minLower: 2 })).failures).toEqual(["length: must be at least minSpecial + minUpper + minLower + minNumeric = 4; given: 3"]);
  });

  it("does not let the engine print a secret value that it refuses", async () => {
    const { failures } = await plugin.check("pw", { length: new Secret("hunter22") });
    expect(failures).toEqual([": length must be a number; given: a string"]);
  });

  it("replaces on any change, and calls an explicit default no change", async () => {
    const { inputs } = await plugin.check("pw", { length: 8 });
    expect(await plugin.diff("pw", "none", inputs, {}, (await plugin.check("pw", { length: 8, special: true })).inputs)).toMatchObject({ changed: false });
    expect(await plugin.diff("pw", "none", inputs, {}, { ...inputs, keepers: { turn: "2" } })).toMatchObject({ replaces: ["keepers"], detailed: { keepers: "ADD_REPLACE" } });
  });

  it("answers UNIMPLEMENTED to functions, by name", async () => {
    const request = new messages.InvokeRequest();
    request.setTok("random:index/get:get");
    await expect(plugin.call("invoke", request)).rejects.toMatchObject({ code: 12, details: expect.stringContaining("random:index/get:get") as string });
  });

  it("ends by SIGINT, as the engine ends it", async () => {
    await using other = await start();
    const exited = once(other.child, "exit");
    other.child.kill("SIGINT");
    expect(await exited).toEqual([0, null]);
  });
});
