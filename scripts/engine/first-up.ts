/** A first `up` writes the state once, at its end, where what a killed one leaves can be told by its labels alone. */
import type Docker from "dockerode";
import { parse } from "yaml";
import { readIfExists } from "../files.ts";
import { listOwned } from "../inventory.ts";
import { liveConfigFile, type Paths } from "../paths.ts";
import type { Display } from "../progress.ts";
import { removeDockerLeftovers } from "../recovery/docker-leftovers.ts";
import { readLocks } from "../recovery/lock.ts";
import { localBackend, readState, type StackHandle } from "../state.ts";

/** What has the engine write the state at its end only. It counts the second as an experiment, which the first allows. */
const WRITTEN_AT_ITS_END: Readonly<Record<string, string>> = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

/** The handle for a first `up`: its engine writes the state at its end only (docs/decisions/0025). */
export const firstUp = (handle: StackHandle): StackHandle => ({ ...handle, env: { ...handle.env, ...WRITTEN_AT_ITS_END } });

/**
 * Whether an `up` may be a {@link firstUp}: of a stack that has nothing yet, and makes nothing but what carries its labels, or lies inside
 * of that. Recovery takes all of that away when the engine is killed.
 * @param handle after recovery
 */
export async function isFirstUp(handle: StackHandle, paths: Paths, docker: Docker): Promise<boolean> {
  // Of another backend's locks, by which recovery sees that a run was killed, we know nothing.
  if (localBackend(handle.env["PULUMI_BACKEND_URL"]) === undefined) return false;
  if (!isByItself(await readIfExists(liveConfigFile(paths, handle.stack))) || !(await isEmpty(handle))) return false;
  // What is there already, such as a volume that an earlier stack of this name has left, must not be taken for a killed run's.
  return (await listOwned(docker, { stack: handle.stack, root: handle.cwd })).length === 0;
}

/** Whether a stack has no partners in other stacks: with one, an `up` makes things on the other side, which no label tells. */
export function isByItself(config: string | undefined): boolean {
  const { config: settings } = (parse(config ?? "") ?? {}) as { config?: Record<string, unknown> | null };
  const { "dive:role": role = "hub", "dive:partners": partners = [] } = settings ?? {};
  return settings != null && role === "hub" && Array.isArray(partners) && partners.length === 0;
}

/**
 * After a first `up` that failed: if its engine could not write the state, nobody would know of what it made, so that is taken away.
 * Not while there is a lock: what is there may be another run's, which has begun at the same time and writes its state when it ends; and the
 * lock of an engine that was killed tells the next recovery, which ends what it has left running first.
 */
export async function removeUnwritten(handle: StackHandle, docker: Docker, progress: Display): Promise<void> {
  // In this order, since a run writes its state before it gives its lock back.
  if ((await readLocks(handle)).length === 0 && (await isEmpty(handle))) await removeDockerLeftovers(docker, handle, undefined, progress, []);
}

async function isEmpty(handle: StackHandle): Promise<boolean> {
  const state = await readState(handle);
  return (state?.resources ?? []).length === 0 && (state?.pending_operations ?? []).length === 0;
}
