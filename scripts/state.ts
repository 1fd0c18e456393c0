import { execa } from "execa";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { readIfExists } from "./files.ts";
import type { PluginHost } from "./toolchain/plugin-host.ts";

/** One resource of a Pulumi state, as far as we read it. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  parent?: string;
  provider?: string;
  delete?: boolean;
}

/** An operation that had begun when the engine died. */
export interface PendingOperation {
  type: "creating" | "updating" | "deleting" | "reading" | "importing";
  resource: StateResource;
}

/** A stack's state, as far as we read it. */
export interface Deployment {
  resources?: StateResource[];
  pending_operations?: PendingOperation[];
  secrets_providers?: { type?: string; state?: { salt?: string } };
}

/** How to reach the state of one stack. */
export interface StackHandle {
  project: string;
  stack: string;
  /** Absolute path of the Pulumi CLI. */
  pulumi: string;
  /** Working directory: the clone. */
  cwd: string;
  /** The engine's whole environment, PULUMI_BACKEND_URL among it. */
  env: Record<string, string>;
  /** Plugins that run already, for operations. Without it the engine starts its own. */
  pluginHost?: PluginHost;
}

/**
 * The backend of a state folder. Its store would write attributes beside each file, with a checksum of the whole state at each step, that
 * nothing reads (and that a killed run leaves torn): `metadata=skip` of the store's URL.
 */
export const folderBackend = (stateDir: string): string => `${pathToFileURL(join(stateDir, "state")).href}?metadata=skip`;

/** The folder of a `file://` backend; undefined for any other. */
export function localBackend(url: string | undefined): string | undefined {
  if (url === undefined || !url.startsWith("file:///")) return undefined;
  return fileURLToPath(url);
}

/** Where a `file://` backend keeps a stack's state; compressed ones are read through the CLI. */
function stateFile(handle: Pick<StackHandle, "env" | "project" | "stack">): string | undefined {
  const folder = localBackend(handle.env["PULUMI_BACKEND_URL"]);
  return folder === undefined ? undefined : join(folder, ".pulumi", "stacks", handle.project, `${handle.stack}.json`);
}

/** Whether a `file://` backend has no state of the stack; other backends are not asked. */
export function isKnownAbsent(handle: Pick<StackHandle, "env" | "project" | "stack">): boolean {
  const file = stateFile(handle);
  return file !== undefined && !existsSync(file) && !existsSync(`${file}.gz`);
}

/** The state that was read last: one command reads it several times, and it has megabytes. */
let parsed: { text: string; state: Deployment } | undefined;

/**
 * Reads a stack's state, secrets still encrypted. Not to be changed: whoever reads the same state gets the same object.
 * @returns undefined when the stack does not exist
 */
export async function readState(handle: StackHandle): Promise<Deployment | undefined> {
  const file = stateFile(handle);
  const text = file === undefined ? undefined : await readIfExists(file);
  if (text !== undefined) {
    if (text !== parsed?.text) parsed = { text, state: (JSON.parse(text) as { checkpoint: { latest?: Deployment } }).checkpoint.latest ?? {} };
    return parsed.state;
  }
  return (await stackExists(handle)) ? exportState(handle, false) : undefined;
}

/** Reads a state through the CLI. @param showSecrets whether secrets are decrypted */
export async function exportState(handle: StackHandle, showSecrets: boolean): Promise<Deployment> {
  const args = ["stack", "export", "--stack", handle.stack, ...(showSecrets ? ["--show-secrets"] : [])];
  const { stdout } = await runPulumi(handle, args);
  return (JSON.parse(stdout) as { deployment: Deployment }).deployment;
}

async function stackExists(handle: StackHandle): Promise<boolean> {
  const { stdout } = await runPulumi(handle, ["stack", "ls", "--json"]);
  const stacks = JSON.parse(stdout) as { name: string }[];
  return stacks.some(({ name }) => name === handle.stack || name.endsWith(`/${handle.stack}`));
}

/** Runs a short command of the CLI. @param input text for its stdin */
export function runPulumi(handle: StackHandle, args: readonly string[], input?: string) {
  return execa(handle.pulumi, ["--non-interactive", "--color", "never", ...args], {
    cwd: handle.cwd,
    env: handle.env,
    extendEnv: false,
    ...(input === undefined ? {} : { input }),
  });
}
