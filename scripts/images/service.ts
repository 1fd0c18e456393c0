import { cp, glob, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { execa } from "execa";
import { sourceFiles } from "./content-hash.ts";
import { serviceSources, type ServiceImage } from "./plan.ts";

/** A part of the workspaces' package.json that npm needs for a partial install. */
interface Package {
  name: string;
}

/**
 * Puts together what the image of a service holds: its sources, those of services/common (in their
 * own folders, since Node strips types outside node_modules only) and the production packages of
 * both, as the lockfile pins them.
 */
export async function stageService(service: ServiceImage, root: string, folder: string, update: (detail: string) => void): Promise<void> {
  for (const source of serviceSources(service)) {
    for (const file of await sourceFiles(join(root, source))) await cp(file, join(folder, relative(root, file)));
  }
  // npm ci compares the lockfile with every workspace, installed or not.
  const { workspaces } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { workspaces: string[] };
  for await (const manifest of glob(workspaces.map((workspace) => `${workspace}/package.json`), { cwd: root })) await cp(join(root, manifest), join(folder, manifest));
  await cp(join(root, "services", service, "Dockerfile"), join(folder, "Dockerfile"));
  const { name } = JSON.parse(await readFile(join(folder, "services", service, "package.json"), "utf8")) as Package;
  update("npm ci");
  await execa("npm", ["ci", "--omit=dev", "--workspace", name, "--include-workspace-root=false", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
}
