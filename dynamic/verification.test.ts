import { describe, expect, test } from "vitest";
import { inputsHash, verificationProvider } from "./verification.ts";

interface Inputs {
  a: string;
  b?: { x: number; y: number };
  timeoutSeconds: number;
}
const proven: string[] = [];
const provider = verificationProvider<Inputs>({
  provenBy: ["a", "b"],
  identity: ({ a }) => `id-${a}`,
  outputs: ({ a }) => ({ shown: a }),
  check: ({ a }) => (a === "bad" ? [{ property: "a", reason: "is bad" }] : []),
  prove: async ({ a }) => {
    if (a === "fails") throw new Error("not proven");
    proven.push(a);
  },
});
const inputs: Inputs = { a: "one", b: { x: 1, y: 2 }, timeoutSeconds: 1 };

describe("verificationProvider", () => {
  test("create proves and tells only what is stable", async () => {
    expect(await provider.create(inputs)).toEqual({ id: "id-one", outs: { shown: "one", inputsHash: inputsHash(inputs, ["a", "b"]) } });
    expect(proven).toEqual(["one"]);
  });
  test("a failed proof is a failed create and a failed update", async () => {
    await expect(provider.create({ ...inputs, a: "fails" })).rejects.toThrow("not proven");
    await expect(provider.update("id", {}, { ...inputs, a: "fails" })).rejects.toThrow("not proven");
  });
  test("update returns full outputs", async () => {
    expect(await provider.update("id", {}, { ...inputs, a: "two" })).toEqual({ outs: { shown: "two", inputsHash: expect.any(String) } });
  });
  test.each([
    ["the same inputs", {}, false],
    ["other order of keys", { b: { y: 2, x: 1 } }, false],
    ["another time limit", { timeoutSeconds: 9 }, false],
    ["the provider's text", { __provider: "text" }, false],
    ["a changed input", { a: "two" }, true],
    ["a changed nested input", { b: { x: 1, y: 3 } }, true],
    ["an input not known yet", { a: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }, true],
  ])("diff: %s", async (_what, change, changes) => {
    const { outs } = await provider.create(inputs);
    expect(await provider.diff("id", outs, { ...inputs, ...change })).toEqual({ changes });
  });
  test("a state of before this scheme is proven again", async () => {
    expect(await provider.diff("id", {}, inputs)).toEqual({ changes: true });
  });
  test("check judges known inputs only", async () => {
    expect((await provider.check({}, { ...inputs, a: "bad" })).failures).toEqual([{ property: "a", reason: "is bad" }]);
    expect((await provider.check({}, { ...inputs, a: "bad", b: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" })).failures).toEqual([]);
  });
  test("read echoes, delete does nothing", async () => {
    expect(await provider.read("id", { shown: "one" })).toEqual({ id: "id", props: { shown: "one" } });
    expect(await provider.delete("id", {})).toBeUndefined();
  });
});
