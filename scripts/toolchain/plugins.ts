import { createRequire } from "node:module";
import { chmod, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nodeFlags } from "../../airgap/plugins/server/node-flags.ts";
import { DiveError, EXIT } from "../errors.ts";
import { writeWhole } from "../files.ts";
import type { Paths } from "../paths.ts";
import { setEngineLog } from "./engine-log.ts";
import type { StandIns } from "./plugin-host.ts";
import { isExecutable } from "./which.ts";

/** How the engine gets its language host and provider plugins. */
export interface Plugins {
  /** Folders to put before PATH. */
  path: string[];
  /** Variables for the engine. */
  env: Record<string, string>;
  /** Which of them are stand-ins. */
  standIns: StandIns;
  /** One line each for the operator. */
  chosen: string[];
}

/** A script that becomes another program: the engine then talks to that program itself. */
function wrapper(...command: string[]): string {
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return `#!/bin/sh\nexec ${quoted} "$@"\n`;
}

async function writeScript(file: string, text: string): Promise<void> {
  if (await writeWhole(file, text, 0o755)) await chmod(file, 0o755);
}

/**
 * Chooses the plugins. Official ones are obtained by the engine itself, from the download server
 * or from a mirror; otherwise stand-ins of `airgap/` are put into a plugin folder of this clone,
 * and the user's own Pulumi home stays untouched.
 * @param binary the Pulumi CLI in use: the official ones bring their language host along
 * @param reachable whether the download server answers; asked only when it matters
 */
export async function choosePlugins(
  paths: Paths,
  binary: string,
  reachable: () => Promise<boolean>,
  env: NodeJS.ProcessEnv,
): Promise<Plugins> {
  const language = await chooseLanguageHost(paths, binary);
  const official = { path: language.path, env: {}, standIns: { languages: language.standIns, providers: [] } };
  if (env["PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"]) {
    return { ...official, chosen: [...language.chosen, "Provider plugins: official, from the mirror in PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES"] };
  }
  if (await reachable()) return { ...official, chosen: [...language.chosen, "Provider plugins: official"] };
  const { home, plugins } = await installStandIns(paths);
  await setEngineLog(home, env["DIVE_ENGINE_LOG"] === "1");
  return {
    path: language.path,
    env: { PULUMI_HOME: home, PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true" },
    standIns: { languages: language.standIns, providers: plugins.map(({ name }) => name) },
    chosen: [...language.chosen, `Provider plugins: stand-ins of airgap/plugins (${plugins.map(({ name, version }) => `${name} ${version}`).join(", ")}): the download server does not answer`],
  };
}

async function chooseLanguageHost(paths: Paths, binary: string): Promise<{ path: string[]; standIns: string[]; chosen: string[] }> {
  const beside = dirname(binary);
  if (await isExecutable(join(beside, "pulumi-language-nodejs"))) return { path: [], standIns: [], chosen: ["Language host: official, beside the CLI"] };
  const bin = join(paths.stateDir, "bin");
  const dynamic = createRequire(join(paths.root, "package.json")).resolve("@pulumi/pulumi/cmd/dynamic-provider");
  await writeScript(join(bin, "pulumi-language-nodejs"), wrapper(process.execPath, join(paths.root, "airgap", "language-host", "main.ts")));
  await writeScript(join(bin, "pulumi-resource-pulumi-nodejs"), wrapper(process.execPath, dynamic));
  return { path: [bin], standIns: ["nodejs"], chosen: ["Language host: stand-in of airgap/language-host (the CLI in use brings none)"] };
}

/** Lays out `resource-<name>-v<version>` for each folder of airgap/plugins that has a main.ts. */
async function installStandIns(paths: Paths): Promise<{ home: string; plugins: { name: string; version: string }[] }> {
  const home = join(paths.stateDir, "pulumi-home");
  const source = join(paths.root, "airgap", "plugins");
  const folders = await readdir(source, { withFileTypes: true, recursive: false });
  const plugins: { name: string; version: string }[] = [];
  for (const folder of folders.sort((a, b) => a.name.localeCompare(b.name))) {
    const main = join(source, folder.name, "main.ts");
    if (!folder.isDirectory() || !(await readdir(join(source, folder.name))).includes("main.ts")) continue;
    const version = await versionOfSdk(paths.root, folder.name);
    await writeScript(
      join(home, "plugins", `resource-${folder.name}-v${version}`, `pulumi-resource-${folder.name}`),
      wrapper(process.execPath, ...nodeFlags, main),
    );
    plugins.push({ name: folder.name, version });
  }
  if (plugins.length === 0) throw new DiveError(`${source} must hold a folder with a main.ts for each provider; none has one.`, EXIT.requirement);
  return { home, plugins };
}

/** The version that programs ask for is that of the npm package. */
async function versionOfSdk(root: string, name: string): Promise<string> {
  const file = join(root, "node_modules", "@pulumi", name, "package.json");
  const { version } = JSON.parse(await readFile(file, "utf8")) as { version: string };
  return version;
}
