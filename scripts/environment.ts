import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { ensureCaRoot } from "./environment/ca.ts";
import { ensurePassphrase } from "./environment/passphrase.ts";
import { ensureStack } from "./environment/stack.ts";
import { imageReferences, type ImageWish } from "./image-set.ts";
import { liveConfigFile, readProjectName, type Paths } from "./paths.ts";
import type { Display } from "./progress.ts";
import { folderBackend, type StackHandle } from "./state.ts";
import { startPluginHost, type PluginHost } from "./toolchain/plugin-host.ts";
import { choosePlugins, type Plugins } from "./toolchain/plugins.ts";
import { findPulumi } from "./toolchain/pulumi.ts";
import { probeReachability } from "./toolchain/reachability.ts";

/** Names of the variables that an earlier `eval "$(./dive env)"` set: they are ours, not the user's. */
const MARKER = "DIVE_ENV";

/** Tells the engine where a stack's configuration lies, and recovery whose the processes of an engine are. */
const CONFIG_FILE = "PULUMI_OPTION_CONFIG_FILE";
const COMPILE_CACHE = "NODE_COMPILE_CACHE";

/** What an operation needs to start the engine. */
export interface Environment extends StackHandle {
  paths: Paths;
  /** The variables that we set, for `./dive env`. */
  exported: Record<string, string>;
}

/** The environment without what an earlier `./dive env` put there. */
export function userEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = new Set((env[MARKER] ?? "").split(",").filter((name) => name !== "PATH"));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.has(name)));
}

/** Puts folders before a PATH, each once, however often it is done. */
export function prependPath(folders: readonly string[], path: string): string {
  const rest = path.split(delimiter).filter((folder) => folder !== "" && !folders.includes(folder));
  return [...new Set(folders), ...rest].join(delimiter);
}

/** What the engine is needed for: an operation on resources, for which plugins are made ready, or questions about the state. */
export type EngineUse = "operation" | "questions";

/**
 * Brings together all that the engine needs: CLI, plugins, images, CA, passphrase, configuration
 * and the stack itself. What is there already costs no time; independent parts run side by side.
 * @param stack name of the stack
 * @param images whether images must be there, or only their names be known
 * @param use what the engine is needed for
 */
export async function prepareEnvironment(paths: Paths, stack: string, progress: Display, images: ImageWish, use: EngineUse): Promise<Environment> {
  const user = userEnvironment(process.env);
  const reachability = probeReachability(user);
  await mkdir(join(paths.stateDir, "state"), { recursive: true, mode: 0o700 });
  const [tools, references, caRoot, passphrase, project] = await Promise.all([
    findPulumi(paths, progress, reachability).then(async (cli) => {
      const plugins = await choosePlugins(paths, cli.binary, async () => (await reachability).pulumi, user);
      return { cli, plugins, host: use === "operation" ? await hostPlugins(paths, stack, plugins, user, progress) : undefined };
    }),
    reachability.then(({ images: reachable }) => imageReferences(paths, progress, reachable, images, stack)),
    ensureCaRoot(paths.stateDir, user),
    ensurePassphrase(paths.stateDir, user),
    readProjectName(paths.root),
  ]);
  for (const line of [tools.cli.chosen, ...tools.plugins.chosen, references.chosen]) progress.note(line);

  const variables: Record<string, string> = {
    PATH: prependPath([dirname(process.execPath), ...tools.plugins.path, dirname(tools.cli.binary)], user["PATH"] ?? ""),
    PULUMI_BACKEND_URL: user["PULUMI_BACKEND_URL"] ?? folderBackend(paths.stateDir),
    [CONFIG_FILE]: liveConfigFile(paths, stack),
    PULUMI_STACK: stack,
    PULUMI_SKIP_UPDATE_CHECK: "1",
    // Otherwise the engine asks for one difference after the other.
    PULUMI_PARALLEL_DIFF: "true",
    ...tools.plugins.env,
    ...passphrase,
    CAROOT: caRoot,
    DIVE_STATE_DIR: paths.stateDir,
    // The program, the plugins' process and, by hand, each plugin's are short-lived: compiled code is kept between runs.
    [COMPILE_CACHE]: join(paths.cacheDir, "compile"),
    DIVE_IMAGES: JSON.stringify(references.images),
  };
  const fromUser = Object.keys(variables).filter((name) => name !== "PATH" && name !== COMPILE_CACHE && user[name] === variables[name]);
  const ours = Object.keys(variables).filter((name) => !fromUser.includes(name));
  const exported = { ...Object.fromEntries(ours.map((name) => [name, variables[name] as string])), [MARKER]: ours.join(",") };
  const environment: Environment = {
    paths,
    project,
    stack,
    pulumi: tools.cli.binary,
    cwd: paths.root,
    env: { ...definedOnly(user), ...variables },
    exported,
    ...(tools.host === undefined ? {} : { pluginHost: tools.host }),
  };
  tools.host?.setProgramEnvironment(variables);
  await ensureStack(environment, paths, progress, { withoutGrafana: references.images["grafana"] === undefined });
  return environment;
}

/** Variables that tell the engine of plugins that run already. */
const ATTACHED = ["PULUMI_DEBUG_PROVIDERS", "PULUMI_DEBUG_LANGUAGES"];

/** Starts the plugins that are stand-ins. Not where the user has some attached already, as one who works on a plugin does. */
async function hostPlugins(paths: Paths, stack: string, { standIns }: Plugins, user: NodeJS.ProcessEnv, progress: Display): Promise<PluginHost | undefined> {
  if (standIns.languages.length + standIns.providers.length === 0 || ATTACHED.some((name) => user[name] !== undefined)) return undefined;
  const env = { ...user, [CONFIG_FILE]: liveConfigFile(paths, stack), DIVE_STATE_DIR: paths.stateDir, [COMPILE_CACHE]: join(paths.cacheDir, "compile") };
  return startPluginHost(paths.root, standIns, env, (line) => progress.note(line));
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
