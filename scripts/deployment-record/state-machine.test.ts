import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { deploymentsMigration, MIGRATION_FILE } from "./migration-sql.ts";
import { isEnd, mayFollow, STATES, TRANSITIONS } from "./state-machine.ts";

describe("the states of a deployment", () => {
  test("COMPLETE, FAILED and INTERRUPTED are the ends, and nothing follows them", () => {
    expect(STATES.filter(isEnd)).toEqual(["COMPLETE", "FAILED", "INTERRUPTED"]);
  });

  test("go forward only: none follows itself or one that comes before it", () => {
    for (const [from, followers] of Object.entries(TRANSITIONS)) {
      for (const to of followers) expect(STATES.indexOf(to), `${from} -> ${to}`).toBeGreaterThan(STATES.indexOf(from as (typeof STATES)[number]));
    }
  });

  test("each that is not over can fail and be interrupted, and each can be reached", () => {
    for (const state of STATES.filter((one) => !isEnd(one))) expect(["FAILED", "INTERRUPTED"].filter((end) => mayFollow(state, end as "FAILED"))).toHaveLength(2);
    const reachable = new Set(Object.values(TRANSITIONS).flat());
    expect(STATES.filter((state) => state !== "UNKNOWN" && !reachable.has(state))).toEqual([]);
  });
});

test("the committed migration is what the state machine generates", async () => {
  const committed = await readFile(join(import.meta.dirname, "../..", MIGRATION_FILE), "utf8");
  expect(committed, `run: node scripts/deployment-record/migration-sql.ts > ${MIGRATION_FILE}`).toBe(deploymentsMigration());
});
