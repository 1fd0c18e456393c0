import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
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

/** Tells its arguments and what it reads. */
const STUB = `
  console.log(process.argv.slice(2).map((name, i) => name + ":" + (7000 + i)).join(","));
  console.log("given", process.env.GIVEN);
  process.stdin.on("data", (text) => console.error("read", String(text).trim())).on("end", () => process.exit(0));`;

test("tells the engine where the language host and the plugins are, and shows what they print", async () => {
  await clone(STUB);
  const host = await start();
  expect(host.env).toEqual({ PULUMI_DEBUG_LANGUAGES: "nodejs:7000", PULUMI_DEBUG_PROVIDERS: "docker:7001,tls:7002" });
  host.setProgramEnvironment({ A: "b" });
  await expect.poll(() => printed).toEqual(expect.arrayContaining(["given 1", 'read {"A":"b"}']));
});

test("says nothing of what is official", async () => {
  await clone(STUB);
  const host = await startPluginHost(root, { languages: [], providers: ["tls"] }, process.env, (line) => printed.push(line));
  expect(host.env).toEqual({ PULUMI_DEBUG_PROVIDERS: "tls:7000" });
});

test("a host that ends after it listened is an error for who is about to need it", async () => {
  await clone('console.log("nodejs:1,docker:2,tls:3"); console.error("no such plugin"); process.exitCode = 1;');
  const host = await start();
  await expect.poll(() => printed).toContain("no such plugin");
  await vi.waitFor(() => expect(host.requireAlive).toThrow(/have ended/));
});

test("a host that does not come up is an error, and what it printed is shown", async () => {
  await clone(`console.error("no such plugin"); process.exitCode = 1;`);
  await expect(start()).rejects.toThrow(/have ended/);
  await expect.poll(() => printed).toContain("no such plugin");
});
