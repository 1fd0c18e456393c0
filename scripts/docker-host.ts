/** The Docker host of a stack: `dive:dockerHost` of its configuration, else the environment's. */
import type Docker from "dockerode";
import { parse } from "yaml";
import { connection } from "../airgap/plugins/docker/connection.ts";
import { isDockerHost } from "../placement-config.ts";
import { dockerClient, ensureDocker } from "./docker.ts";
import { DiveError, EXIT, messageOf } from "./errors.ts";
import { readIfExists } from "./files.ts";
import { committedConfigFile, liveConfigFile, type Paths } from "./paths.ts";
import type { Progress } from "./progress.ts";

/** Setting of the stack that names it. */
const SETTING = "dive:dockerHost";

/**
 * The Docker host that a stack's configuration names: the live one, by which it was deployed, else the committed one.
 * @returns undefined when it names none, or something that `preview` refuses
 */
export async function dockerHostOf(paths: Paths, stack: string): Promise<string | undefined> {
  return dockerHostIn((await readIfExists(liveConfigFile(paths, stack))) ?? (await readIfExists(committedConfigFile(paths, stack))));
}

/** The same of a configuration's text. */
export function dockerHostIn(config: string | undefined): string | undefined {
  const file = parse(config ?? "") as { config?: Record<string, unknown> | null } | null;
  const host = file?.config?.[SETTING];
  return isDockerHost(host) ? host : undefined;
}

/** A client of a Docker host; as the docker plugin makes it. @param host default: the environment's */
export async function clientOf(host: string | undefined): Promise<Docker> {
  return dockerClient(host === undefined ? undefined : await connection({ host }, process.env));
}

/** A client of the stack's Docker host; whether that answers shows with the first question. */
export async function stackDocker(paths: Paths, stack: string): Promise<Docker> {
  return clientOf(await dockerHostOf(paths, stack));
}

/**
 * The same, of a host that answers. Where the stack names none, a daemon of this machine is installed and started as far as that may be done.
 * @throws DiveError when the host that the stack names does not answer: its daemon is not ours to start
 */
export async function ensureStackDocker(paths: Paths, stack: string, progress: Progress): Promise<Docker> {
  const host = await dockerHostOf(paths, stack);
  if (host === undefined) {
    await ensureDocker(progress, paths.cacheDir);
    return dockerClient();
  }
  try {
    const docker = await clientOf(host);
    await docker.ping();
    return docker;
  } catch (cause) {
    throw new DiveError(`The Docker host of stack ${stack} (${SETTING}: ${host}) does not answer: ${messageOf(cause)}. Start it, or change the setting.`, EXIT.requirement, { cause });
  }
}
