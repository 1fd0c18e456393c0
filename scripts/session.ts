import type Docker from "dockerode";
import { dockerClient, ensureDocker } from "./docker.ts";
import { prepareEnvironment, type Environment } from "./environment.ts";
import type { ImageWish } from "./image-set.ts";
import { findPaths, type Paths } from "./paths.ts";
import { createProgress, type Display } from "./progress.ts";

/** What most commands begin with. */
export interface Session {
  paths: Paths;
  progress: Display;
  environment: Environment;
  docker: Docker;
}

/** Prepares the environment of a stack, and a Docker daemon when the command touches containers. */
export async function openSession(stack: string, images: ImageWish, needsDocker: boolean): Promise<Session> {
  const paths = findPaths();
  const progress = createProgress();
  const [environment] = await Promise.all([
    prepareEnvironment(paths, stack, progress, images),
    needsDocker && images === "named" ? ensureDocker(progress, paths.cacheDir) : undefined,
  ]);
  return { paths, progress, environment, docker: dockerClient() };
}
