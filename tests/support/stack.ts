import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isAlive } from "../../scripts/recovery/processes.ts";
import { COLD_LIMIT_MS, COMMAND_LIMIT_MS, dive, diveEnv, pulumi, type RunOptions } from "./dive.ts";
import { failedContainerLogs, removeStackObjects, stackObjects } from "./docker.ts";
import type { StackObjects } from "./docker.ts";
import { stateDir } from "./paths.ts";

/** One instance as the stack's output `instances` describes it. */
export interface Instance {
  readonly code: string;
  readonly role: "hub" | "spoke";
  /** Public base of the backend, e.g. `https://localhost:14000`. */
  readonly backendUrl: string;
  /** Public base of the key access service, e.g. `https://localhost:19000`. */
  readonly kasUrl: string;
  /** Public base of Keycloak, e.g. `https://localhost:18443`. */
  readonly keycloakUrl: string;
  readonly realm: string;
  readonly issuer: string;
  /** The public app client (PKCE) of the realm. */
  readonly clientId: string;
}

/** A seeded test user: output `users`, by code and user name. */
export interface TestUser {
  readonly password: string;
  /** `otpauth://` URI of the second factor. */
  readonly totp: string;
  readonly clearance: string;
}

/** Client credentials of Keycloak's admin API (realm master): output `keycloakAdmin`, by code. */
export interface AdminClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What the tests know of a running stack. */
export interface RunningStack {
  readonly name: string;
  readonly instances: Record<string, Instance>;
  readonly users: Record<string, Record<string, TestUser>>;
  readonly keycloakAdmin: Record<string, AdminClient>;
  /** The CA certificate (PEM) that signed every certificate of the stack. */
  readonly ca: string;
  /** The folder that holds the stack's state. */
  readonly stateDir: string;
}

/**
 * Clears what a killed run left, brings the stack up and reads its outputs.
 * With `keep` what is there is used again and `up` converges it.
 *
 * @throws when `up` fails: its output, and the logs of the containers that do not run
 */
export async function bringUp(stack: string, keep: boolean): Promise<RunningStack> {
  await takeOver(stack, keep);
  await up(stack, COLD_LIMIT_MS);
  return readStack(stack);
}

/** `./dive up` of the stack; an error carries the logs of failed containers. */
export async function up(stack: string, limitMs = COMMAND_LIMIT_MS): Promise<string> {
  try {
    return (await dive(stack, ["up"], { limitMs })).output;
  } catch (cause) {
    const logs = await failedContainerLogs(stack);
    throw new Error(`${(cause as Error).message}\n${logs || "(every container of the stack runs)"}`, { cause });
  }
}

/** Reads outputs and CA of a stack that is up. @param options where its state is, and with which passphrase, if not its own folder's */
export async function readStack(stack: string, options: Pick<RunOptions, "use" | "env"> = {}): Promise<RunningStack> {
  const env = await diveEnv(stack, options.use, options.env);
  const { stdout } = await pulumi(stack, ["stack", "output", "--json", "--show-secrets"], options);
  const outputs = JSON.parse(stdout) as Pick<RunningStack, "instances" | "users" | "keycloakAdmin">;
  for (const key of ["instances", "users", "keycloakAdmin"] as const) {
    if (!outputs[key]) throw new Error(`stack ${stack}: no output ${key}; it has ${Object.keys(outputs).join(", ") || "none"}`);
  }
  if (!env["CAROOT"]) throw new Error(`./dive env ${stack} --json: no CAROOT`);
  const ca = await readFile(join(env["CAROOT"], "rootCA.pem"), "utf8");
  const { instances, users, keycloakAdmin } = outputs;
  return { name: stack, instances, users, keycloakAdmin, ca, stateDir: stateDir(options.use ?? stack) };
}

/** Destroys the stack with its state; answers what is still there by label: must be nothing. */
export async function tearDown(stack: string): Promise<StackObjects> {
  await dive(stack, ["nuke", "--confirm"]);
  const left = await stackObjects(stack);
  await clear(stack);
  return left;
}

/**
 * Makes the stack this process's: refuses while another run uses it, and clears what a killed run left unless `keep`.
 *
 * @throws as {@link clear}
 */
export async function takeOver(stack: string, keep = false): Promise<void> {
  if (keep) await refuseWhileUsed(stack);
  else await clear(stack);
  await mkdir(dirname(claimFile(stack)), { recursive: true });
  await writeFile(claimFile(stack), String(process.pid));
}

/**
 * Removes what an earlier run left: objects by label (this stack and this clone only), then its state.
 *
 * @throws when that run, or an operation it started, is still alive
 */
export async function clear(stack: string): Promise<void> {
  await refuseWhileUsed(stack);
  await removeStackObjects(stack);
  await rm(stateDir(stack), { recursive: true, force: true });
  await rm(claimFile(stack), { force: true });
}

const claimFile = (stack: string): string => `${stateDir(stack)}.pid`;

async function refuseWhileUsed(stack: string): Promise<void> {
  for (const pid of await owners(stack)) {
    if (pid !== process.pid && isAlive(pid)) {
      throw new Error(`stack ${stack} of this clone is in use by process ${pid}: wait for it or end it, then run the tests again`);
    }
  }
}

/** The test run that claimed the stack, and the holders of Pulumi's locks on it. */
async function owners(stack: string): Promise<number[]> {
  const claimed = await readIfThere(claimFile(stack));
  const locks = join(stateDir(stack), "state/.pulumi/locks");
  const files = (await listIfThere(locks)).filter((file) => file.endsWith(".json"));
  const holders = await Promise.all(files.map(async (file) => JSON.parse(await readFile(join(locks, file), "utf8")) as { pid: number }));
  return [...(claimed ? [Number(claimed)] : []), ...holders.map(({ pid }) => pid)];
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
  return undefined;
}

const readIfThere = (file: string): Promise<string | undefined> => readFile(file, "utf8").catch(absent);
const listIfThere = async (folder: string): Promise<string[]> => (await readdir(folder, { recursive: true }).catch(absent)) ?? [];
