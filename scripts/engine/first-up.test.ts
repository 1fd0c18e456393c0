import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Paths } from "../paths.ts";
import type { Display } from "../progress.ts";
import { folderBackend, type StackHandle } from "../state.ts";
import { isByItself, isFirstUp, removeUnwritten } from "./first-up.ts";

const BY_ITSELF = "config:\n  dive:hub: {code: USA}\n  dive:spokes: [{code: FRA}]\n";

test.each([
  ["hub and spokes", BY_ITSELF],
  ["the role it has by default", "config:\n  dive:role: hub\n"],
  ["no partners yet", "config:\n  dive:partners: []\n"],
])("a stack with %s is by itself", (_what, config) => expect(isByItself(config)).toBe(true));

test.each([
  ["a hub elsewhere", "config:\n  dive:role: spoke\n"],
  ["partners in other stacks", "config:\n  dive:partners: [{code: DEU}]\n"],
  ["partners that nobody can read", "config:\n  dive:partners: DEU\n"],
  ["no settings", "config:\n"],
  ["an empty configuration", ""],
  ["no configuration", undefined],
])("one with %s is not", (_what, config) => expect(isByItself(config)).toBe(false));

describe("of a stack in a folder", () => {
  const progress: Display = { note: () => undefined, step: (_title, run) => run(() => undefined) };
  let paths: Paths;
  let handle: StackHandle;

  beforeEach(async () => {
    const stateDir = await mkdtemp(join(tmpdir(), "dive-first-up-"));
    paths = { root: "/clone", stateDir, cacheDir: "" };
    handle = { project: "dive", stack: "dev", pulumi: "pulumi", cwd: "/clone", env: { PULUMI_BACKEND_URL: folderBackend(stateDir) } };
    await writeFile(join(stateDir, "Pulumi.dev.yaml"), BY_ITSELF);
    await writeState({ resources: [] });
  });

  afterEach(() => rm(paths.stateDir, { recursive: true }));

  async function write(folder: readonly string[], name: string, value: unknown): Promise<void> {
    const at = join(paths.stateDir, "state", ".pulumi", ...folder);
    await mkdir(at, { recursive: true });
    await writeFile(join(at, name), JSON.stringify(value));
  }

  const writeState = (latest: object) => write(["stacks", "dive"], "dev.json", { checkpoint: { latest } });
  const writeLock = () => write(["locks", "organization", "dive", "dev"], "one.json", { pid: 1, hostname: "h", username: "u", timestamp: "t" });

  /** A Docker host with one volume of the stack, or with nothing. */
  function host(volumes: readonly string[]) {
    const left = new Set(volumes);
    const docker = {
      listContainers: async () => [],
      listNetworks: async () => [],
      listVolumes: async () => ({ Volumes: [...left].map((Name) => ({ Name, Labels: {} })) }),
      getVolume: (name: string) => ({ remove: async () => void left.delete(name) }),
    } as unknown as Docker;
    return { docker, left };
  }

  test("the up is a first one while there is nothing, in the state and on the host", async () => {
    expect(await isFirstUp(handle, paths, host([]).docker)).toBe(true);
    expect(await isFirstUp(handle, paths, host(["kept"]).docker)).toBe(false);
    expect(await isFirstUp({ ...handle, env: { PULUMI_BACKEND_URL: "s3://states" } }, paths, host([]).docker)).toBe(false);
    await writeState({ resources: [{ urn: "u", type: "t" }] });
    expect(await isFirstUp(handle, paths, host([]).docker)).toBe(false);
    await writeState({ pending_operations: [{ type: "creating", resource: { urn: "u", type: "t" } }] });
    expect(await isFirstUp(handle, paths, host([]).docker)).toBe(false);
  });

  test("what its engine could not write down is removed", async () => {
    const { docker, left } = host(["unwritten"]);
    await removeUnwritten(handle, docker, progress);
    expect([...left]).toEqual([]);
  });

  test("nothing is removed while a run has the lock, nor when the state was written", async () => {
    const { docker, left } = host(["another's"]);
    await writeLock();
    await removeUnwritten(handle, docker, progress);
    await rm(join(paths.stateDir, "state", ".pulumi", "locks"), { recursive: true });
    await writeState({ resources: [{ urn: "u", type: "t" }] });
    await removeUnwritten(handle, docker, progress);
    expect([...left]).toEqual(["another's"]);
  });
});
