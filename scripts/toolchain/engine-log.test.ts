import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setEngineLog } from "./engine-log.ts";

let home: string;
let logs: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "dive-engine-log-"));
  logs = join(home, "logs");
});
afterEach(() => rm(home, { recursive: true }));

it("puts a file that says why where the engine would make its folder", async () => {
  await setEngineLog(home, false);
  await setEngineLog(home, false);
  expect(await readFile(logs, "utf8")).toContain("docs/runbook.md");
  expect(await readdir(home)).toEqual(["logs"]);
});

it("puts the folder there for who wants the log, and keeps what is in it", async () => {
  await setEngineLog(home, false);
  await setEngineLog(home, true);
  await writeFile(join(logs, "of-a-run"), "");
  await setEngineLog(home, true);
  expect(await readdir(logs)).toEqual(["of-a-run"]);
});

it("ends a log that nobody wants any more, and keeps it beside", async () => {
  await mkdir(logs);
  await writeFile(join(logs, "of-a-run"), "");
  await Promise.all([setEngineLog(home, false), setEngineLog(home, false)]);
  expect((await stat(logs)).isFile()).toBe(true);
  const kept = (await readdir(home)).filter((name) => name !== "logs");
  expect(kept).toEqual([expect.stringMatching(/^logs-until-\d{4}-\d{2}-\d{2}T\d{6}\.\d{3}Z$/)]);
  expect(await readdir(join(home, kept[0]!))).toEqual(["of-a-run"]);
});

it("fails where it cannot write", async () => {
  await expect(setEngineLog(join(home, "nowhere"), false)).rejects.toThrow("ENOENT");
});
