import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dockerHostOf, ensureStackDocker } from "./docker-host.ts";
import type { Paths } from "./paths.ts";

const LINE = "config:\n  dive:dockerHost: unix:///";
let folder: string;
let paths: Paths;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dive-docker-host-"));
  paths = { root: folder, stateDir: join(folder, "state"), cacheDir: join(folder, "cache") };
});
afterEach(() => rm(folder, { recursive: true }));

test("a stack is where its live configuration says, else its committed one, else where the environment says", async () => {
  expect(await dockerHostOf(paths, "fra")).toBeUndefined();
  await writeFile(join(folder, "Pulumi.fra.yaml"), `${LINE}committed\n`);
  expect(await dockerHostOf(paths, "fra")).toBe("unix:///committed");
  await writeFile(join(folder, "Pulumi.live.yaml"), `${LINE}live\n`);
  expect(await dockerHostOf({ ...paths, stateDir: folder }, "live")).toBe("unix:///live");
  await writeFile(join(folder, "Pulumi.bad.yaml"), "config:\n  dive:dockerHost: tcp://10.0.0.7:2375\n");
  expect(await dockerHostOf(paths, "bad")).toBeUndefined();
});

test("a Docker host that does not answer is named, with stack and setting", async () => {
  await writeFile(join(folder, "Pulumi.fra.yaml"), `${LINE}${folder.slice(1)}/none.sock\n`);
  const progress = { note: () => undefined, step: <T>(_title: string, run: (update: () => void) => Promise<T>) => run(() => undefined) };
  await expect(ensureStackDocker(paths, "fra", progress)).rejects.toThrow(/^The Docker host of stack fra \(dive:dockerHost: unix:\/\/\/.*none\.sock\) does not answer: .*ENOENT/);
});
