import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A resource plugin that a program needs: what the `pulumi` block of an npm package says. */
export interface RequiredPackage {
  readonly name: string;
  /** With a leading `v`, as the official host answers. */
  readonly version: string;
  /** Where to download it from, when it is not the usual place. */
  readonly server?: string;
}

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly dependencies?: Record<string, string>;
  readonly pulumi?: { readonly resource?: boolean; readonly name?: string; readonly version?: string; readonly server?: string };
}

/**
 * The resource plugins of a program: those of the direct dependencies in its package.json. (The official host walks all of
 * node_modules and so also finds packages that the program does not use.)
 *
 * @throws Error when a dependency is not installed.
 */
export function requiredPackages(programDirectory: string): RequiredPackage[] {
  return installed(programDirectory).flatMap(({ pulumi, version }) => {
    if (pulumi?.resource !== true || pulumi.name === undefined) return [];
    const found = pulumi.version ?? version ?? "";
    return [{ name: pulumi.name, version: `v${found.replace(/^v/, "")}`, ...(pulumi.server === undefined ? {} : { server: pulumi.server }) }];
  });
}

function installed(programDirectory: string): Manifest[] {
  const manifest = packageFile(programDirectory);
  if (manifest === undefined) return [];
  const { dependencies } = read(manifest);
  const resolver = createRequire(manifest);
  return Object.keys(dependencies ?? {}).flatMap((name) => {
    // Not `resolve("<name>/package.json")`: a package with `exports` may hide that file.
    const file = (resolver.resolve.paths(name) ?? []).map((folder) => join(folder, name, "package.json")).find((candidate) => existsSync(candidate));
    if (file === undefined) throw new Error(`the dependency ${name} of ${manifest} is not installed: run \`npm ci\` in ${dirname(manifest)}`);
    return [read(file)];
  });
}

/** The package.json that holds for a folder: its own or the next one above. */
function packageFile(folder: string): string | undefined {
  const file = join(folder, "package.json");
  if (existsSync(file)) return file;
  return dirname(folder) === folder ? undefined : packageFile(dirname(folder));
}

function read(file: string): Manifest {
  return JSON.parse(readFileSync(file, "utf8")) as Manifest;
}
