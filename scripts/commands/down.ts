import { ensureStackDocker } from "../docker-host.ts";
import { listContainers } from "../inventory.ts";
import { findPaths } from "../paths.ts";
import { createProgress } from "../progress.ts";
import { waves } from "../recovery/containers.ts";

/** Time a container gets to stop by itself, in seconds. */
const STOP_TIMEOUT_S = 30;

/**
 * `dive down`: stops the containers, those that others need last; data and state stay.
 * @param instance code of the only instance to stop
 */
export async function down(stack: string, instance?: string): Promise<void> {
  const paths = findPaths();
  const progress = createProgress();
  const docker = await ensureStackDocker(paths, stack, progress);
  const whose = instance === undefined ? `stack ${stack}` : `${instance} in stack ${stack}`;
  const all = await listContainers(docker, { stack, root: paths.root });
  const running = all.filter((container) => container.state === "running" && (instance === undefined || container.instance === instance));
  if (running.length === 0) return progress.note(`No container of ${whose} is running`);
  await progress.step(`Stopping ${running.length} containers of ${whose}`, async (update) => {
    for (const wave of waves(running).reverse()) {
      update(wave.map(({ name }) => name).join(", "));
      await Promise.all(wave.map(({ id }) => docker.getContainer(id).stop({ t: STOP_TIMEOUT_S })));
    }
  });
}
