import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Property, PropertyType, ProviderDefinition, ResourceType } from "./plugins/server/resource-type.ts";

const PLUGINS = ["docker", "keycloak", "postgresql", "random", "tls"] as const;
/** Between these marks stands what this test writes: `npx vitest run --project unit airgap/readme.test.ts -u`. */
const SECTION = /(?<=<!-- types -->\n)[^]*(?=<!-- \/types -->)/;

/** `name`, **required**, with ↻ when a change replaces; properties of nested objects in brackets. */
function property(name: string, { type, required, replaces }: Property): string {
  const text = `${name}${replaces === true ? " ↻" : ""}${nested(type)}`;
  return required === true ? `**${text}**` : text;
}

function nested(type: PropertyType): string {
  if (typeof type === "string") return "";
  if ("array" in type) return nested(type.array);
  return "map" in type ? nested(type.map) : ` (${properties(type.object)})`;
}

const properties = (schema: ResourceType["inputs"]): string =>
  Object.entries(schema).flatMap(([name, one]) => (one === undefined ? [] : [property(name, one)])).join(", ");

async function section(): Promise<string> {
  const parts = await Promise.all(
    PLUGINS.map(async (name) => {
      const { provider } = (await import(`./plugins/${name}/provider.ts`)) as { provider: ProviderDefinition };
      const rows = provider.types.map(({ token, inputs }) => `| ${token.replace(/^[^:]+:/, "")} | ${properties(inputs)} |`);
      const config = properties(provider.config);
      return `### ${name}\n\n${config === "" ? "No configuration." : `Configuration: ${config}.`}\n\n| type | properties |\n|---|---|\n${rows.join("\n")}\n`;
    }),
  );
  return `\n${parts.join("\n")}\n`;
}

describe("airgap", () => {
  it("tells in its README what the plugins support", async () => {
    const file = join(import.meta.dirname, "README.md");
    const readme = readFileSync(file, "utf8");
    expect(readme).toMatch(SECTION);
    await expect(readme.replace(SECTION, (await section()).replaceAll("$", "$$$$"))).toMatchFileSnapshot(file);
  });

  it("has no module that nothing imports or runs", () => {
    const tracked = (...paths: string[]) => execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...paths], { cwd: join(import.meta.dirname, ".."), encoding: "utf8" }).trim().split("\n").map((name) => join(import.meta.dirname, "..", name)).filter((name) => existsSync(name));
    const sources = tracked("*.ts").map((name) => ({ folder: dirname(name), text: readFileSync(name, "utf8") }));
    // Relative paths in imports, and in the `new URL` by which a test starts a process.
    const used = new Set(sources.flatMap(({ folder, text }) => [...text.matchAll(/["'](\.{1,2}\/[^"'`]+\.ts)["']/g)].map(([, path]) => join(folder, path!))));
    const modules = tracked("airgap/*.ts").filter((name) => !name.endsWith(".test.ts") && basename(name) !== "main.ts" && basename(name) !== "provider.ts");
    expect(modules.length).toBeGreaterThan(100);
    expect(modules.filter((name) => !used.has(name))).toEqual([]);
  });

  it("has no file over 300 lines, but for the checksums of Go modules", () => {
    const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "."], { cwd: import.meta.dirname, encoding: "utf8" }).trim().split("\n").filter((name) => existsSync(join(import.meta.dirname, name)));
    expect(files.length).toBeGreaterThan(100);
    const long = files.filter((name) => !name.endsWith("go.sum") && readFileSync(join(import.meta.dirname, name), "utf8").split("\n").length > 301);
    expect(long).toEqual([]);
  });
});
