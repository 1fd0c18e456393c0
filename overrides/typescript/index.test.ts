import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const require = createRequire(import.meta.url);
const sdk = dirname(require.resolve("@pulumi/pulumi/package.json"));
const run = promisify(execFile);

/** Runs a script in a process of its own and gives what it prints; `compiler()` tells whether the compiler is loaded. */
async function printed(script: string): Promise<string> {
  const prelude = `const compiler = () => Object.keys(require.cache).some((file) => file.includes("typescript-compiler"));`;
  return (await run(process.execPath, ["--input-type=commonjs", "-e", `${prelude}\n${script}`], { cwd: join(import.meta.dirname, "..", "..") })).stdout.trim();
}

it("is what the SDK gets", () => {
  expect(createRequire(join(sdk, "typescript-shim.js")).resolve("typescript")).toBe(require.resolve("./index.cjs"));
});

it("is of the compiler's version, which the SDK's range is about", () => {
  const version = (name: string) => (require(name) as { version: string }).version;
  expect(version("./package.json")).toBe(version("typescript-compiler/package.json"));
});

it("leaves the compiler out of a process that loads the SDK", async () => {
  expect(await printed(`require("@pulumi/pulumi"); console.log(compiler())`)).toBe("false");
});

it("gives the SDK the compiler where it serialises a function", async () => {
  const script = `require("@pulumi/pulumi").runtime.serializeFunction(() => 42).then(({ text }) => console.log(compiler(), text.includes("return 42") || text.includes("=> 42")))`;
  expect(await printed(script)).toBe("true true");
}, 60_000);
