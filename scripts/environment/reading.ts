import { join } from "node:path";
import { userEnvironment } from "../environment.ts";
import { liveConfigFile, readProjectName, type Paths } from "../paths.ts";
import { readIfExists } from "../files.ts";
import { folderBackend, isKnownAbsent, type StackHandle } from "../state.ts";
import { PULUMI_VERSION } from "../toolchain/pulumi.ts";
import { which } from "../toolchain/which.ts";
import { ensureCaRoot } from "./ca.ts";
import { ensurePassphrase } from "./passphrase.ts";

/**
 * What is needed to read a stack that was brought up here before: no toolchain, no images, no question to a server, so it takes no time.
 * @returns undefined when it never was
 */
export async function readingHandle(paths: Paths, stack: string): Promise<StackHandle | undefined> {
  if ((await readIfExists(liveConfigFile(paths, stack))) === undefined) return undefined;
  const user = userEnvironment(process.env);
  const [onPath, caRoot, passphrase, project] = await Promise.all([which("pulumi"), ensureCaRoot(paths.stateDir, user), ensurePassphrase(paths.stateDir, user), readProjectName(paths.root)]);
  const env = {
    ...user,
    PULUMI_BACKEND_URL: user["PULUMI_BACKEND_URL"] ?? folderBackend(paths.stateDir),
    PULUMI_OPTION_CONFIG_FILE: liveConfigFile(paths, stack),
    PULUMI_SKIP_UPDATE_CHECK: "1",
    ...passphrase,
    CAROOT: caRoot,
  };
  const pulumi = onPath ?? join(paths.cacheDir, "pulumi", PULUMI_VERSION, "bin", "pulumi");
  const handle = { project, stack, pulumi, cwd: paths.root, env: Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)) };
  return isKnownAbsent(handle) ? undefined : handle;
}
