import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { processInfo } from "../recovery/processes.ts";
import { startPluginHost } from "./plugin-host.ts";

let root: string;
const printed: string[] = [];

/** A clone whose plugin host is a stub. */
async function clone(main: string): Promise<void> {
  await mkdir(join(root, "airgap", "plugin-host"), { recursive: true });
  await writeFile(join(root, "airgap", "plugin-host", "main.ts"), main);
}

const start = () => startPluginHost(root, { languages: ["nodejs"], providers: ["docker", "tls"] }, { ...process.env, GIVEN: "1" }, (line) => printed.push(line));

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "dive-clone-"));
  printed.length = 0;
});
afterEach(() => rm(root, { recursive: true }));

/** Tells its arguments, its pid, and what it reads. */
const STUB = `
  console.log(process.argv.slice(2).map((name, i) => name + ":" + (7000 + i)).join(","));
  console.log("pid", process.pid, process.env.GIVEN);
  process.stdin.on("data", (text) => console.error("read", String(text).trim())).on("end", () => process.exit(0));`;

const pidOf = (): number => Number(/^pid (\d+) 1$/m.exec(printed.join("\n"))?.[1]);

test("tells the engine where the language host and the plugins are, and shows what they print", async () => {
  await clone(STUB);
  const host = await start();
  expect(host.env).toEqual({ PULUMI_DEBUG_LANGUAGES: "nodejs:7000", PULUMI_DEBUG_PROVIDERS: "docker:7001,tls:7002" });
  host.setProgramEnvironment({ A: "b" });
  await expect.poll(() => printed).toContain('read {"A":"b"}');
  host.lifeline.destroy();
  await expect.poll(() => processInfo(pidOf())).toBeUndefined();
});

test("the host lives as long as an engine that was given the lifeline", async () => {
  await clone(STUB);
  const { lifeline } = await start();
  const engine = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: ["ignore", "ignore", "inherit", lifeline] });
  await expect.poll(pidOf).toBeGreaterThan(0);
  lifeline.destroy();
  await new Promise((resolve) => lifeline.once("close", resolve));
  expect(await processInfo(pidOf())).toBeDefined();
  const ended = once(engine, "exit");
  engine.kill("SIGKILL");
  await ended;
  await expect.poll(() => processInfo(pidOf())).toBeUndefined();
});

test("a host that does not come up is an error, and what it printed is shown", async () => {
  await clone(`console.error("no such plugin"); process.exitCode = 1;`);
  await expect(start()).rejects.toThrow(/could not be started/);
  await expect.poll(() => printed).toContain("no such plugin");
});
