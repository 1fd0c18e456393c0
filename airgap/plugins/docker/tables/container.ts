import type { Table } from "../../server/table-driver.ts";
import { containerChanges } from "./container-changes.ts";
import { containerLifecycle } from "./container-lifecycle.ts";
import { type DockerWorld, found, own } from "./world.ts";

/** `docker.Container`. */
export const containerTable: Table<DockerWorld> = {
  token: "docker:index/container:Container",
  base: (subject) => ({
    name: own(subject),
    image: subject.world.imageId,
    entrypoints: ["sh", "-c"],
    command: ["trap 'exit 0' TERM; while :; do sleep 0.1; done"],
    labels: subject.world.labels,
    networkMode: "none",
    start: false,
    mustRun: false,
    destroyGraceSeconds: 3,
  }),
  look: async (subject) => {
    const seen = await found(subject.world.docker.getContainer(subject.stored?.id ?? own(subject)).inspect());
    if (seen === undefined) return undefined;
    // Health and the list of commands run in it change by themselves.
    const { Health: _health, ...State } = seen.State;
    return { ...seen, State, ExecIDs: [] };
  },
  deleteBeforeReplace: true,
  cases: [...containerLifecycle, ...containerChanges],
};
