import type Docker from "dockerode";
import { runOperation } from "../engine/run.ts";
import { printOutcome } from "../engine/run.ts";
import { DiveError } from "../errors.ts";
import { isDocker, knownContainers, listContainers, type Owned } from "../inventory.ts";
import type { Display } from "../progress.ts";
import type { Deployment, StackHandle } from "../state.ts";

/** Writers of files volumes are made and never started: they only carry files. */
export const isWriter = (container: Owned): boolean => container.name.endsWith("-files");

/** Services in the order in which they may be started; what is not named comes last. */
const START_ORDER = ["postgres", "redis", "blacklist-redis", "mongodb", "opa", "keycloak", "kas", "backend"];

/** Containers in waves: those of one wave may be started (or, backwards, stopped) side by side. */
export function waves(containers: readonly Owned[]): Owned[][] {
  const rank = ({ service }: Owned) => (START_ORDER.includes(service) ? START_ORDER.indexOf(service) : START_ORDER.length);
  const ranks = [...new Set(containers.map(rank))].sort((a, b) => a - b);
  return ranks.map((value) => containers.filter((container) => rank(container) === value));
}

/**
 * Starts this stack's stopped containers, which the engine itself would take for what they were. One that never ran is left to the
 * engine: its first start failed, and only the program knows what it lacks.
 * @returns whether there were any
 */
export async function startStopped(docker: Docker, containers: readonly Owned[], progress: Display): Promise<boolean> {
  const stopped = containers.filter((container) => container.state !== "running" && container.state !== "created" && !isWriter(container));
  if (stopped.length === 0) return false;
  await progress.step(`Starting ${stopped.length} stopped containers`, async (update) => {
    for (const wave of waves(stopped)) {
      update(wave.map(({ name }) => name).join(", "));
      await Promise.all(wave.map(({ id }) => docker.getContainer(id).start().catch(unlessStarted)));
    }
  });
  return true;
}

/** Docker restarts what ended by itself, so a container may run again by the time that it is started: 304. */
function unlessStarted(error: unknown): void {
  if (!(error instanceof Error && "statusCode" in error && error.statusCode === 304)) throw error;
}

/**
 * Refreshes what the docker provider made, when one of the containers in the state is missing:
 * only then, and only that, so that realms and databases of a gone server are not asked for.
 */
export async function refreshIfMissing(
  handle: StackHandle,
  state: Deployment | undefined,
  containers: readonly Owned[],
  options: { progress: Display; stateDir: string },
): Promise<void> {
  const present = new Set(containers.map(({ id }) => id));
  const missing = knownContainers(state).filter(({ id }) => !present.has(id));
  if (missing.length === 0) return;
  options.progress.note(`Recovery: in the state, but gone from the Docker host: ${missing.map(({ name }) => name).join(", ")}`);
  await refreshTargets(handle, (state?.resources ?? []).filter(isDocker).map(({ urn }) => urn), "Refreshing containers, networks and volumes", options);
}

/** Refreshes some resources of the state. @throws DiveError when that fails */
export async function refreshTargets(
  handle: StackHandle,
  urns: readonly string[],
  title: string,
  options: { progress: Display; stateDir: string },
): Promise<void> {
  const outcome = await runOperation(handle, "refresh", urns.flatMap((urn) => ["--target", urn]), { ...options, title });
  if (outcome.exitCode === 0) return;
  printOutcome(outcome, options.progress);
  throw new DiveError("The refresh before the operation failed; its errors are above.", outcome.exitCode);
}
