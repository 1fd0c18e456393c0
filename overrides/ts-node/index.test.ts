import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const require = createRequire(import.meta.url);
const sdk = dirname(require.resolve("@pulumi/pulumi/package.json"));

it("is what the SDK gets", () => {
  expect(createRequire(join(sdk, "tsutils.js")).resolve("ts-node")).toBe(require.resolve("./index.cjs"));
});

it("has all that the SDK's runners use of it", async () => {
  const used = new Set<string>();
  for (const runner of ["run", "run-plugin", "run-policy-pack"]) {
    for (const [, name] of (await readFile(join(sdk, "cmd", runner, "run.js"), "utf8")).matchAll(/\btsn\.(\w+)/g)) used.add(name!);
  }
  expect([...used]).toEqual(Object.keys(require("ts-node") as object));
  // Its hooks for ES modules, in a file of their own, are used where there is this one.
  expect(() => createRequire(join(sdk, "cmd", "run", "run.js")).resolve("ts-node/esm")).toThrow("Cannot find module");
});
