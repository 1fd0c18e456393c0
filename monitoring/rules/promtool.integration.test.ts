import { globSync } from "node:fs";
import { expect, it } from "vitest";
import { inImage } from "../../tests/support/tool-image.ts";

// By the promtool of the very image that runs the rules.
const folder = import.meta.dirname;
const promtool = (...args: string[]) => inImage("prometheus", ["promtool", ...args], { "/rules": folder });
const files = (pattern: string) => globSync(pattern, { cwd: folder }).map((file) => `/rules/${file}`).sort();

it("finds nothing to complain of in the rules", async () => {
  const { exitCode, output } = await promtool("check", "rules", "--lint=all", "--lint-fatal", ...files("*.rules.yml"));
  expect(exitCode, output).toBe(0);
});

it("sees every alert fire when it should, and only then", async () => {
  const { exitCode, output } = await promtool("test", "rules", ...files("tests/*.test.yml"));
  expect(exitCode, output).toBe(0);
});
