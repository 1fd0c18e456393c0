import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { requiredPackages } from "./packages.ts";

const root = mkdtempSync(join(tmpdir(), "dive-packages-"));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, content: object): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), JSON.stringify(content));
}

describe("requiredPackages", () => {
  it("gives the plugins of direct dependencies, with the version of the pulumi block", () => {
    write("package.json", { dependencies: { "@pulumi/docker": "*", "@pulumi/tls": "*", pg: "*" } });
    write("node_modules/@pulumi/docker/package.json", { name: "@pulumi/docker", version: "0.0.0", pulumi: { resource: true, name: "docker", version: "5.2.0" } });
    write("node_modules/@pulumi/tls/package.json", { name: "@pulumi/tls", version: "5.6.1", pulumi: { resource: true, name: "tls" } });
    write("node_modules/@pulumi/aws/package.json", { name: "@pulumi/aws", version: "7.0.0", pulumi: { resource: true, name: "aws" } });
    write("node_modules/pg/package.json", { name: "pg", version: "8.0.0" });
    expect(requiredPackages(join(root, "sub"))).toEqual([{ name: "docker", version: "v5.2.0" }, { name: "tls", version: "v5.6.1" }]);
  });

  it("says which dependency is not installed", () => {
    write("package.json", { dependencies: { missing: "*" } });
    expect(() => requiredPackages(root)).toThrow(/missing of .* is not installed: run `npm ci`/);
  });
});
