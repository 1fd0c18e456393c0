import { rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { dive, diveEnv } from "../support/dive.ts";
import { NOTHING, docker, stackObjects } from "../support/docker.ts";
import { stateDir } from "../support/paths.ts";

// Proves that a stack is not brought up where its containers belong to another clone. The other clone is a container with its
// labels: the labels are all that clones know of each other. Not proved: two real clones starting in the same second.
const STACK = "kill";
const OTHER_CLONE = "/somewhere/else/dive";
/** The code that ./dive ends with when containers of the stack belong to another clone. */
const COLLISION = 22;

test("./dive up is refused with the other clone's path while that clone has containers of the same stack", { timeout: 300_000 }, async () => {
  const use = "two-clones";
  const { DIVE_IMAGES: images } = await diveEnv(STACK, use);
  const other = await docker.createContainer({
    name: "kill-dive-hub-opa",
    Image: (JSON.parse(images!) as Record<string, string>)["opa"]!,
    Labels: { "dive.root": OTHER_CLONE, "dive.stack": STACK, "dive.instance": "USA", "dive.service": "opa" },
  });
  try {
    const { exitCode, output } = await dive(STACK, ["up"], { use, mustSucceed: false });
    expect(exitCode, output).toBe(COLLISION);
    expect(output).toContain(OTHER_CLONE);
    expect(await stackObjects(STACK)).toEqual(NOTHING);
    // The other clone's container was left alone.
    expect((await other.inspect()).Config.Labels["dive.root"]).toBe(OTHER_CLONE);
  } finally {
    await other.remove({ force: true });
    await rm(stateDir(use), { recursive: true, force: true });
  }
});
