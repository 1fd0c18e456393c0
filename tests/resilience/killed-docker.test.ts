import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { runOperation } from "../../scripts/engine/run.ts";
import type { Display } from "../../scripts/progress.ts";
import { allProcesses } from "../../scripts/recovery/processes.ts";
import { recover } from "../../scripts/recovery/recover.ts";
import type { StackHandle } from "../../scripts/state.ts";
import { diveEnv } from "../support/dive.ts";
import { OwnDockerd } from "../support/own-dockerd.ts";
import { ROOT, stateDir } from "../support/paths.ts";
import { processesOf } from "../support/processes.ts";

// `kill -9` of the docker plugin, or of a Docker daemon of the test's own, in the middle of `up`: what `./dive up` does next (recovery,
// then `pulumi up`) converges, and `destroy` leaves nothing. A small program, so that many moments are cheap.
const USE = "killed-docker";
const STACK = "only";
const ROUNDS = Number(process.env["DIVE_RESILIENCE_ROUNDS"] ?? (process.env["DIVE_TEST_ALL"] === "1" ? 6 : 1));
const SEED = Number(process.env["DIVE_RESILIENCE_SEED"] ?? 2026);
/** Step events up to which enough is left to do: an `up` without a fault has 54, two for each of 27 resources. */
const EVENTS = 40;
const LIMIT = { timeout: 300_000 };

/** The moments, one by chance in each of `ROUNDS` equal parts of the `up`. */
const moments = fc.sample(fc.integer({ min: 0, max: 999 }), { numRuns: ROUNDS, seed: SEED }).map((chance, i) => 2 + Math.floor(((i + chance / 1000) / ROUNDS) * (EVENTS - 2)));

const dockerd = new OwnDockerd();
const progress: Display = { note: () => undefined, step: (_title, run) => run(() => undefined) };
let handle: StackHandle;

beforeAll(async () => {
  await rm(stateDir(USE), { recursive: true, force: true });
  const { PULUMI_OPTION_CONFIG_FILE: _, ...env } = await diveEnv("test", USE);
  await dockerd.start();
  // `./dive env` leaves out what this process has already.
  const { redis: image } = JSON.parse(env["DIVE_IMAGES"] ?? process.env["DIVE_IMAGES"]!) as { redis: string };
  await dockerd.load(image);
  const cwd = join(stateDir(USE), "program"); // a copy: `stack init` writes a file beside the program
  await cp(join(import.meta.dirname, "docker-only"), cwd, { recursive: true });
  handle = { project: "docker-only", stack: STACK, pulumi: "pulumi", cwd, env: { ...env, PULUMI_STACK: STACK, DOCKER_ONLY: JSON.stringify({ host: dockerd.host, image }) } };
  await execa("pulumi", ["stack", "init", STACK, "--non-interactive"], { cwd, env: handle.env, extendEnv: false });
}, 900_000);

// Also after a failed test: the next one begins from nothing.
afterEach(async () => {
  if (!dockerd.running) await dockerd.start();
  await recoverStack("destroy");
  await pulumi("destroy");
}, 300_000);

afterAll(async () => {
  await dockerd[Symbol.asyncDispose]();
  await rm(stateDir(USE), { recursive: true, force: true });
}, 120_000);

const faults: Record<string, () => Promise<void>> = {
  "the plugin": async () => {
    const mine = new Set(await processesOf(USE));
    const plugins = (await allProcesses()).filter(({ pid, command }) => mine.has(pid) && /plugins\/docker\/main\.ts|pulumi-resource-docker/.test(command));
    expect(plugins.length, "docker plugins of this run").toBeGreaterThan(0);
    for (const { pid } of plugins) process.kill(pid, "SIGKILL");
  },
  "the Docker daemon": () => dockerd.kill(),
};

/** An `up` as `./dive` runs it where it has the engine start each plugin, with a fault at the n-th step event. @returns its exit code */
async function upWithFault(event: number, fault: () => Promise<void>): Promise<number> {
  let seen = 0;
  let struck: Promise<void> | undefined;
  const onLine = (line: string): void => {
    if (!/"(resourcePreEvent|resOutputsEvent)"/.test(line)) return;
    seen += 1;
    if (seen === event) struck = fault();
  };
  const { exitCode } = await runOperation(handle, "up", [], { progress, title: "up", stateDir: stateDir(USE), onLine });
  expect(struck, `up ended after ${seen} step events; the fault was to strike at ${event}`).toBeDefined();
  await struck;
  return exitCode;
}

/** What every `./dive` operation begins with. */
const recoverStack = (purpose: "update" | "destroy") => recover({ handle, paths: { root: ROOT, stateDir: stateDir(USE), cacheDir: "" }, docker: dockerd.docker, progress }, purpose);

async function pulumi(...args: string[]): Promise<void> {
  const { exitCode, all } = await execa("pulumi", [...args, "--yes", "--skip-preview", "--non-interactive"], { cwd: handle.cwd, env: handle.env, extendEnv: false, all: true, reject: false });
  expect(exitCode, all).toBe(0);
}

async function objects(): Promise<string[]> {
  const [containers, networks, { Volumes: volumes }] = await Promise.all([dockerd.docker.listContainers({ all: true }), dockerd.docker.listNetworks(), dockerd.docker.listVolumes()]);
  const own = networks.filter(({ Driver }) => Driver === "bridge").map(({ Name }) => Name);
  return [...containers.map(({ Names }) => Names[0]!.slice(1)), ...own, ...(volumes ?? []).map(({ Name }) => Name)].sort();
}

test.for(Object.keys(faults).flatMap((name) => moments.map((event) => [name, event] as const)))("up survives that %s was killed at its event %i", LIMIT, async ([name, event]) => {
  const code = await upWithFault(event, faults[name]!);
  expect(code, "the fault is no success").not.toBe(0);
  if (!dockerd.running) await dockerd.start();

  await recoverStack("update");
  await pulumi("up");
  await pulumi("up", "--expect-no-changes");
  expect(await objects()).toHaveLength(24);
  await pulumi("destroy");
  expect(await objects()).toEqual([]);
});
