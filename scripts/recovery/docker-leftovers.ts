import type Docker from "dockerode";
import { dockerIds, listOwned, removeOwned } from "../inventory.ts";
import type { Display } from "../progress.ts";
import type { Deployment, StackHandle } from "../state.ts";

/**
 * Removes what a killed engine made but could not write down: containers, networks and volumes
 * that carry this clone's and stack's labels and that the state does not know.
 *
 * @param names only these; default: all. After a run that ended by itself something may be there on purpose, kept by `retainOnDelete`
 */
export async function removeDockerLeftovers(docker: Docker, handle: StackHandle, state: Deployment | undefined, progress: Display, names?: ReadonlySet<unknown>): Promise<void> {
  const known = dockerIds(state);
  const leftovers = (await listOwned(docker, { stack: handle.stack, root: handle.cwd })).filter(({ id, name }) => !known.has(id) && (names === undefined || names.has(name)));
  if (leftovers.length === 0) return;
  progress.note(`Recovery: half-made, not in the state, removed: ${leftovers.map(({ kind, name }) => `${kind} ${name}`).join(", ")}`);
  await removeOwned(docker, leftovers);
}
