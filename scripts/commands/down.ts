import { dockerClient, ensureDocker } from "../docker.ts";
import { listContainers } from "../inventory.ts";
import { findPaths } from "../paths.ts";
import { createProgress } from "../progress.ts";
import { waves } from "../recovery/containers.ts";

/** Time a container gets to stop by itself, in seconds. */
const STOP_TIMEOUT_S = 30;

/** `dive down`: stops the containers, those that others need last; data and state stay. */
export async function down(stack: string): Promise<void> {
  const paths = findPaths();
  const progress = createProgress();
  await ensureDocker(progress, paths.cacheDir);
  const docker = dockerClient();
  const running = (await listContainers(docker, { stack, root: paths.root })).filter(({ state }) => state === "running");
  if (running.length === 0) return progress.note(`Stack ${stack}: no container is running`);
  await progress.step(`Stopping ${running.length} containers of stack ${stack}`, async (update) => {
    for (const wave of waves(running).reverse()) {
      update(wave.map(({ name }) => name).join(", "));
      await Promise.all(wave.map(({ id }) => docker.getContainer(id).stop({ t: STOP_TIMEOUT_S })));
    }
  });
}
