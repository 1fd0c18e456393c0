import { execa } from "execa";
import { rm } from "node:fs/promises";
import { expect, inject, test } from "vitest";
import { realmAdmin, userNamed } from "../support/admin.ts";
import { dive, pulumi } from "../support/dive.ts";
import { NOTHING, docker, stackObjects } from "../support/docker.ts";
import { ROOT, stateDir } from "../support/paths.ts";
import { up } from "../support/stack.ts";

// Proves that operating the stack keeps its promises: no changes twice, data kept, a preview that starts nothing, a clean clone.
const stack = inject("stack");
const LIMIT = { timeout: 300_000 };

test("a second ./dive up reports 0 changes", LIMIT, async () => {
  const { exitCode, output } = await dive(stack.name, ["up", "--expect-no-changes"], { mustSucceed: false });
  expect(exitCode, output).toBe(0);
  expect(output).toMatch(/\b0 changes, \d+ unchanged/);
});

test("pulumi refresh typed by hand after it finds 0 changes", LIMIT, async () => {
  const { exitCode, output } = await pulumi(stack.name, ["refresh", "--yes", "--skip-preview", "--expect-no-changes"], { mustSucceed: false });
  expect(exitCode, output).toBe(0);
});

test("every volume that a container of the stack uses is a named one with the stack's labels", LIMIT, async () => {
  const { containers, volumes } = await stackObjects(stack.name);
  const inspected = await Promise.all(containers.map((name) => docker.getContainer(name).inspect()));
  const used = inspected.flatMap(({ Mounts }) => Mounts.filter(({ Type }) => Type === "volume").map(({ Name }) => Name!));
  expect([...new Set(used)].sort()).toEqual(volumes);
});

test("./dive down stops every container, and the next up has the user that was created before", LIMIT, async () => {
  const username = "made-before-down";
  const before = await realmAdmin(stack, "FRA");
  const { id } = await before.users.create({ username, enabled: true });
  const objects = await stackObjects(stack.name);
  try {
    await dive(stack.name, ["down"]);
    const filters = { label: [`dive.stack=${stack.name}`, `dive.root=${ROOT}`], status: ["running", "restarting", "paused"] };
    expect((await docker.listContainers({ filters })).map(({ Names }) => Names[0])).toEqual([]);
    expect((await stackObjects(stack.name)).volumes).toEqual(objects.volumes);
  } finally {
    await up(stack.name);
  }
  const after = await realmAdmin(stack, "FRA");
  expect((await userNamed(after, username)).id).toBe(id);
  await after.users.del({ id });
  expect(await stackObjects(stack.name)).toEqual(objects);
});

test("./dive preview of a stack that does not exist lists every resource and starts no container", LIMIT, async () => {
  const use = "preview-of-nothing";
  try {
    const { exitCode, output } = await dive("kill", ["preview"], { use, mustSucceed: false });
    expect(exitCode, output).toBe(0);
    const { stdout } = await pulumi("kill", ["preview", "--json"], { use });
    const { steps } = JSON.parse(stdout) as { steps: { op: string; urn: string }[] };
    expect(steps.length).toBeGreaterThan(100);
    expect(steps.filter(({ op }) => op !== "create")).toEqual([]);
    const names = steps.map(({ urn }) => urn.split("::").at(-1)!);
    expect(names.filter((name) => !output.includes(name))).toEqual([]);
    expect(await stackObjects("kill")).toEqual(NOTHING);
  } finally {
    await rm(stateDir(use), { recursive: true, force: true });
  }
});

test("git status is what it was before the stack came up", LIMIT, async () => {
  const { stdout } = await execa("git", ["status", "--porcelain"], { cwd: ROOT });
  expect(stdout).toBe(inject("gitStatusBefore"));
});
