import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { runtime } from "@pulumi/pulumi";
import { expect, it } from "vitest";

const require = createRequire(import.meta.url);
const sdk = dirname(require.resolve("@pulumi/pulumi/package.json"));

it("is what the SDK gets", () => {
  expect(createRequire(join(sdk, "index.js")).resolve("@npmcli/arborist")).toBe(require.resolve("./index.cjs"));
});

it("says what is missing, and why, where the SDK would use it", async () => {
  await expect(runtime.computeCodePaths()).rejects.toThrow("@npmcli/arborist is left out of this project (overrides/npmcli-arborist)");
});

it("is asked for by the SDK in that one place only", async () => {
  const users: string[] = [];
  for (const file of await readdir(sdk, { recursive: true })) {
    if (!file.endsWith(".js") || file.startsWith("node_modules")) continue;
    if ((await readFile(join(sdk, file), "utf8")).includes('require("@npmcli/arborist")')) users.push(file);
  }
  expect(users).toEqual(["runtime/closure/codePaths.js"]);
});
