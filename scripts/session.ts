import type Docker from "dockerode";
import { ensureStackDocker } from "./docker-host.ts";
import { prepareEnvironment, type EngineUse, type Environment } from "./environment.ts";
import type { ImageWish } from "./image-set.ts";
import { findPaths, type Paths } from "./paths.ts";
import { createProgress, type Display } from "./progress.ts";

/** What most commands begin with. */
export interface Session {
  paths: Paths;
  progress: Display;
  environment: Environment;
}

/** What commands that touch containers begin with. */
export interface DockerSession extends Session {
  /** Of the stack's Docker host, which answers. */
  docker: Docker;
}

/** Prepares the environment of a stack: see {@link prepareEnvironment}. */
export async function openSession(stack: string, images: ImageWish, use: EngineUse): Promise<Session> {
  const paths = findPaths();
  const progress = createProgress();
  const environment = await prepareEnvironment(paths, stack, progress, images, use);
  return { paths, progress, environment };
}

/** Prepares the environment of a stack, and a Docker daemon: see {@link prepareEnvironment}. */
export async function openDockerSession(stack: string, images: ImageWish, use: EngineUse): Promise<DockerSession> {
  const session = await openSession(stack, images, use);
  // After the live configuration, which says where the stack is, was brought up to date.
  return { ...session, docker: await ensureStackDocker(session.paths, stack, session.progress) };
}
