import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProviderDefinition } from "../../airgap/plugins/server/resource-type.ts";
import { makeWorld } from "../../airgap/plugins/tls/test-world.ts";
import { type StepMetadata, parseEvent } from "../../scripts/engine/events.ts";
import { diveEnv } from "../support/dive.ts";
import { docker } from "../support/docker.ts";
import { type TestKeycloak, testKeycloak } from "../support/keycloak-server.ts";
import { stateDir } from "../support/paths.ts";
import type { Settings } from "./lifecycle/settings.ts";

// The real CLI runs every resource type of the stand-in plugins once through its life, on real services. What each property does, the
// plugins' own tables show; this proves that the engine understands the answers.
const USE = "lifecycle";
/** A copy, because `stack init` writes a file beside the program. */
const PROGRAM = join(stateDir(USE), "program");
const IMAGES = ["dive-lifecycle:one", "dive-lifecycle:two"] as const;
const PLUGINS = ["docker", "keycloak", "postgresql", "random", "tls"] as const;

/** Types without a property that is changed in place, or of which the program uses none. */
const NEVER_UPDATED = [
  "random:index/randomPassword:RandomPassword", "tls:index/privateKey:PrivateKey", "tls:index/certRequest:CertRequest", "docker:index/network:Network", "docker:index/volume:Volume",
  "keycloak:openid/clientServiceAccountRealmRole:ClientServiceAccountRealmRole",
];
/** Types without a property that replaces: a role is renamed in place. */
const NEVER_REPLACED = ["postgresql:index/role:Role"];

let keycloak: TestKeycloak;
let env: Record<string, string>;
let settings: Omit<Settings, "phase">;
let tokens: string[];

beforeAll(async () => {
  const types = await Promise.all(PLUGINS.map(async (name) => ((await import(`../../airgap/plugins/${name}/provider.ts`)) as { provider: ProviderDefinition }).provider.types));
  tokens = types.flat().map(({ token }) => token).sort();
  const { redis } = JSON.parse(process.env["DIVE_IMAGES"] ?? "{}") as { redis?: string };
  if (redis === undefined) throw new Error("DIVE_IMAGES names no redis image: run the tests by ./dive test service");
  for (const name of IMAGES) await execa("docker", ["tag", redis, name]);
  [env, keycloak] = await Promise.all([diveEnv("test", USE), testKeycloak()]);
  const { PULUMI_OPTION_CONFIG_FILE: _, ...others } = env;
  env = { ...others, PULUMI_STACK: "lifecycle" };
  await cp(join(import.meta.dirname, "lifecycle"), PROGRAM, { recursive: true });
  settings = {
    keycloakServer: { url: keycloak.url, clientId: keycloak.clientId, clientSecret: keycloak.clientSecret, rootCaCertificate: keycloak.ca },
    postgresServer: { host: "localhost", port: keycloak.postgres.port, password: keycloak.postgres.password, sslrootcert: keycloak.postgres.caFile },
    images: IMAGES,
    authority: makeWorld().authority,
  };
  await execa("pulumi", ["stack", "init", "lifecycle", "--non-interactive"], { cwd: PROGRAM, env, extendEnv: false });
});

afterAll(async () => {
  await keycloak?.[Symbol.asyncDispose]();
  await removeObjects();
  for (const name of IMAGES) await execa("docker", ["rmi", name], { reject: false }); // the destroy may have removed it
  await rm(stateDir(USE), { recursive: true, force: true });
});

/** A step as the engine tells it, with what it says of outputs; secrets are replaced. */
type Told = StepMetadata & { diffs?: string[] | null; old?: { outputs?: Record<string, unknown> } | null; new?: { outputs?: Record<string, unknown> } | null };

/** Runs an operation and answers the steps that the engine reported, by type: `same`, `create`, `update`, `replace`, `delete`, ... */
async function operate(operation: "up" | "refresh" | "destroy", phase: Settings["phase"], ...args: string[]): Promise<Record<string, string[]>> {
  const { exitCode, stdout, stderr } = await execa("pulumi", [operation, "--yes", "--skip-preview", "--non-interactive", "--color", "never", "--json", ...args], {
    cwd: PROGRAM, extendEnv: false, env: { ...env, LIFECYCLE: JSON.stringify({ ...settings, phase } satisfies Settings) }, reject: false,
  });
  const events = stdout.split("\n").flatMap((line) => parseEvent(line) ?? []);
  const errors = events.flatMap(({ diagnosticEvent }) => (diagnosticEvent?.severity === "error" ? [`${diagnosticEvent.urn ?? ""}: ${diagnosticEvent.message}`] : []));
  const done = events.flatMap(({ resOutputsEvent }) => (resOutputsEvent === undefined ? [] : [resOutputsEvent.metadata as Told]));
  const changes = done
    .filter(({ op }) => op !== "same" && op !== "refresh")
    .flatMap(({ op, type, diffs, old, new: now }) => (diffs ?? []).map((name) => `${op} ${type}: ${name} was ${JSON.stringify(old?.outputs?.[name])}, is ${JSON.stringify(now?.outputs?.[name])}`));
  expect(exitCode, `${operation} (${phase}): ${[...errors, stderr, ...changes].join("\n")}`).toBe(0);
  const steps: Record<string, Set<string>> = {};
  for (const { resourcePreEvent } of events) {
    const step = resourcePreEvent?.metadata;
    if (step === undefined || !tokens.includes(step.type)) continue;
    // A replacement is told as three steps; the one that says so is enough.
    if (step.op !== "create-replacement" && step.op !== "delete-replaced") (steps[step.type] ??= new Set()).add(step.op);
  }
  return Object.fromEntries(Object.entries(steps).map(([type, ops]) => [type, [...ops]]));
}

const all = (op: string, but: readonly string[] = [], otherwise = "same"): Record<string, string[]> => Object.fromEntries(tokens.map((token) => [token, [but.includes(token) ? otherwise : op]]));

async function removeObjects(): Promise<string[]> {
  const filters = { label: ["dive.test"] };
  const ours = <T extends { Labels?: Record<string, string> | null }>(found: T[]): T[] => found.filter(({ Labels }) => Labels?.["dive.test"]?.startsWith("lifecycle"));
  const containers = ours(await docker.listContainers({ all: true, filters }));
  for (const { Id } of containers) await docker.getContainer(Id).remove({ force: true });
  const networks = ours(await docker.listNetworks({ filters }));
  for (const { Id } of networks) await docker.getNetwork(Id).remove();
  const volumes = ours((await docker.listVolumes({ filters })).Volumes);
  for (const { Name } of volumes) await docker.getVolume(Name).remove();
  return [...containers.map(({ Names }) => Names[0]!), ...networks.map(({ Name }) => Name), ...volumes.map(({ Name }) => Name)];
}

describe("each resource type through the real CLI", () => {
  it("is created by up", async () => expect(await operate("up", "create")).toEqual(all("create")));
  it("is the same in the next up", async () => expect(await operate("up", "create", "--expect-no-changes")).toEqual(all("same")));
  it("is the same in a refresh", async () => expect(await operate("refresh", "create", "--expect-no-changes")).toEqual(all("refresh")));
  it("is updated in place", async () => expect(await operate("up", "update")).toEqual(all("update", NEVER_UPDATED)));
  it("is the same after the update", async () => expect(await operate("up", "update", "--refresh", "--expect-no-changes")).toEqual(Object.fromEntries(tokens.map((token) => [token, ["refresh", "same"]]))));
  it("is replaced", async () => expect(await operate("up", "replace")).toEqual(all("replace", NEVER_REPLACED, "update")));
  it("is the same after the replacement", async () => expect(await operate("up", "replace", "--expect-no-changes")).toEqual(all("same")));
  it("is deleted by destroy, and nothing is left", async () => {
    expect(await operate("destroy", "replace")).toEqual(all("delete"));
    expect(await removeObjects()).toEqual([]);
  });
});
