import type Docker from "dockerode";
import { DiveError, EXIT } from "../errors.ts";
import { listContainers } from "../inventory.ts";
import type { StackHandle } from "../state.ts";

/**
 * Refuses a stack whose containers on this Docker host belong to another clone: names and ports
 * would clash, and each clone would take the other's for its own.
 * @throws DiveError naming the other clone
 */
export async function refuseCollision(docker: Docker, handle: StackHandle): Promise<void> {
  const foreign = (await listContainers(docker, { stack: handle.stack })).filter(({ root }) => root !== handle.cwd);
  const [first] = foreign;
  if (first === undefined) return;
  throw new DiveError(
    `Stack ${handle.stack} of ${first.root} is on this Docker host already (${foreign.length} containers, among them ${first.name}); ` +
      `the one of ${handle.cwd} would collide with it. Remove it there (./dive nuke --confirm), or use a stack of another name, namePrefix and portOffset.`,
    EXIT.collision,
  );
}
