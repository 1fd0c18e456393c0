import type Docker from "dockerode";
import { dockerIds, listOwned, removeOwned } from "../inventory.ts";
import type { Display } from "../progress.ts";
import type { Deployment, PendingOperation, StackHandle } from "../state.ts";
import { removeLate } from "./late.ts";

/** Types of what is listed by label. */
const OWNED = /^docker:index\/(container:Container|network:Network|volume:Volume)$/;

/**
 * Removes what a killed engine made but could not write down: containers, networks and volumes
 * that carry this clone's and stack's labels and that the state does not know.
 *
 * @param creates creations that were under way: dockerd may finish one after its client is dead, so these are looked for again for a moment
 * @param only whether to remove nothing but those creations; default: all. After a run that ended by itself something may be there on purpose,
 * kept by `retainOnDelete`
 */
export async function removeDockerLeftovers(docker: Docker, handle: StackHandle, state: Deployment | undefined, progress: Display, creates: readonly PendingOperation[], only = false): Promise<void> {
  const known = dockerIds(state);
  const expected = new Set(creates.flatMap(({ resource }) => (OWNED.test(resource.type) ? [resource.inputs?.["name"]] : [])));
  const removed = new Set<unknown>();
  const remove = async (wanted: (name: string) => boolean): Promise<void> => {
    const leftovers = (await listOwned(docker, { stack: handle.stack, root: handle.cwd })).filter(({ id, name }) => !known.has(id) && wanted(name));
    if (leftovers.length === 0) return;
    progress.note(`Recovery: half-made, not in the state, removed: ${leftovers.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`);
    await removeOwned(docker, leftovers);
    for (const { name } of leftovers) removed.add(name);
  };
  if (!only) await remove(() => true);
  const awaited = [...expected].filter((name) => !removed.has(name));
  await removeLate(awaited, async (expectedName) => {
    await remove((name) => name === expectedName);
    return removed.has(expectedName);
  });
}
