import { mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { keepNoEngineLog } from "./engine-log.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "dive-engine-log-"));
});
afterEach(() => rm(home, { recursive: true }));

it("puts a file that says why where the engine would make its folder", async () => {
  await keepNoEngineLog(home);
  await keepNoEngineLog(home);
  expect(await readFile(join(home, "logs"), "utf8")).toContain("docs/runbook.md");
});

it("leaves the folder of who wants the log", async () => {
  await mkdir(join(home, "logs"));
  await keepNoEngineLog(home);
  expect((await stat(join(home, "logs"))).isDirectory()).toBe(true);
});

it("fails where it cannot write", async () => {
  await expect(keepNoEngineLog(join(home, "nowhere"))).rejects.toThrow("ENOENT");
});
