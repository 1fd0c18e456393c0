import type Docker from "dockerode";
import { dockerClient } from "./docker.ts";
import { ensureStackDocker } from "./docker-host.ts";
import { prepareEnvironment, type Environment } from "./environment.ts";
import type { ImageWish } from "./image-set.ts";
import { findPaths, type Paths } from "./paths.ts";
import { createProgress, type Display } from "./progress.ts";

/** What most commands begin with. */
export interface Session {
  paths: Paths;
  progress: Display;
  environment: Environment;
  /** Of the stack's Docker host where the command touches containers. */
  docker: Docker;
}

/** Prepares the environment of a stack, and a Docker daemon when the command touches containers. */
export async function openSession(stack: string, images: ImageWish, needsDocker: boolean): Promise<Session> {
  const paths = findPaths();
  const progress = createProgress();
  const environment = await prepareEnvironment(paths, stack, progress, images);
  // After the live configuration, which says where the stack is, was brought up to date.
  const docker = needsDocker ? await ensureStackDocker(paths, stack, progress) : dockerClient();
  return { paths, progress, environment, docker };
}
