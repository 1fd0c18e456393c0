import type Docker from "dockerode";
import { isDocker, listContainers } from "../inventory.ts";
import { liveConfigFile, type Paths } from "../paths.ts";
import type { Display } from "../progress.ts";
import { readState, type StackHandle } from "../state.ts";
import { refuseCollision } from "./collision.ts";
import { refreshIfMissing, refreshTargets, startStopped } from "./containers.ts";
import { removeDockerLeftovers } from "./docker-leftovers.ts";
import { clearDeadLock } from "./lock.ts";
import { endOrphans } from "./orphans.ts";
import { clearPendingCreates, pendingCreates, pendingOthers } from "./pending.ts";
import { removeHalfMade } from "./half-made.ts";
import { forgetUnsure, readUnsure } from "./unsure.ts";

/** What recovery works on. */
export interface Recovery {
  handle: StackHandle;
  paths: Paths;
  docker: Docker;
  progress: Display;
}

/**
 * Before an operation: refuses a stack of another clone or of a live run, and clears what a killed
 * run left: its lock, its processes, and objects that were made without reaching the state. Then
 * starts stopped containers and looks for missing ones.
 * @param purpose "update" brings the stack to life, "destroy" only makes sure it can be removed
 * @returns whether stopped containers were started
 */
export async function recover({ handle, paths, docker, progress }: Recovery, purpose: "update" | "destroy"): Promise<{ started: boolean }> {
  const options = { progress, stateDir: paths.stateDir };
  await refuseCollision(docker, handle);
  const killed = await clearDeadLock(handle, paths.stateDir, progress);
  let state = await readState(handle);
  const unsure = await readUnsure(paths.stateDir, handle.stack);
  const interrupted = killed || (state?.pending_operations ?? []).length > 0;
  if (interrupted) {
    const ended = await endOrphans(liveConfigFile(paths, handle.stack));
    if (ended > 0) progress.note(`Recovery: ended ${ended} processes that the killed run had left`);
    await removeDockerLeftovers(docker, handle, state, progress, [...pendingCreates(state), ...unsure]);
  } else if (unsure.length > 0) {
    await removeDockerLeftovers(docker, handle, state, progress, unsure, true);
  }
  const containers = await listContainers(docker, { stack: handle.stack, root: handle.cwd });
  const known = new Set((state?.resources ?? []).filter(isDocker).map(({ id }) => id));
  const started = await startStopped(docker, containers.filter(({ id }) => known.has(id)), progress);
  const creates = [...pendingCreates(state), ...unsure];
  if (creates.length > 0) {
    const names = creates.map(({ resource }) => resource.urn.split("::").at(-1));
    progress.note(`Recovery: their creation was interrupted: ${names.join(", ")}`);
    await removeHalfMade({ handle, state, unsure, progress });
    if (pendingCreates(state).length > 0) await clearPendingCreates(handle);
    await forgetUnsure(paths.stateDir, handle.stack);
    state = await readState(handle);
  }
  await refreshIfMissing(handle, state, containers, options);
  const others = pendingOthers(state);
  if (purpose === "update" && others.length > 0) {
    const urns = others.map(({ resource }) => resource.urn);
    await refreshTargets(handle, [...new Set(urns)], "Refreshing what the killed run was at", options);
  }
  return { started };
}
