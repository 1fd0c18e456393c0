import { spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import { canInstallPackages, installPackages } from "./debian.ts";
import { codeOf, DiveError, EXIT, messageOf } from "./errors.ts";
import type { Progress } from "./progress.ts";
import { which } from "./toolchain/which.ts";

/** How long a daemon that was just started may take to answer, in milliseconds. */
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 200;

/**
 * A client of a Docker host. Its library, which loads much, is loaded for commands that touch containers only.
 * @param options default: the environment's host (DOCKER_HOST, else the local socket)
 */
export async function dockerClient(options?: Docker.DockerOptions): Promise<Docker> {
  const { default: Client } = await import("dockerode");
  return new Client(options);
}

/** Whether the daemon answers; the reason when it does not. */
async function ping(docker: Docker): Promise<Error | undefined> {
  try {
    await docker.ping();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const HOW_TO = "Install Docker Engine >= 20.10 (Debian: apt-get install docker.io iptables), start it, and let this user reach its socket.";

/**
 * Makes sure that a Docker daemon answers. As root on a Debian-like machine without one, installs
 * and starts it; the daemon outlives this command, its log lies in the cache.
 * @throws DiveError saying what to install where it may not do so itself
 */
export async function ensureDocker(progress: Progress, cacheDir: string): Promise<void> {
  const docker = await dockerClient();
  const reason = await ping(docker);
  if (reason === undefined) return;
  if (codeOf(reason) === "EACCES") throw new DiveError(`This user may not use the Docker daemon: ${reason.message}. ${HOW_TO}`, EXIT.requirement);
  if (process.env["DOCKER_HOST"]) {
    throw new DiveError(`The Docker host in DOCKER_HOST does not answer: ${reason.message}. Start it, or unset DOCKER_HOST.`, EXIT.requirement);
  }
  if (!(await canInstallPackages())) throw new DiveError(`No Docker daemon answers: ${reason.message}. ${HOW_TO}`, EXIT.requirement);
  if ((await which("dockerd")) === undefined) await installPackages(progress, ["docker.io", "iptables"], "there is no Docker daemon");
  await progress.step("Starting the Docker daemon", (update) => startDaemon(docker, cacheDir, update));
}

async function startDaemon(docker: Docker, cacheDir: string, update: (detail: string) => void): Promise<void> {
  await mkdir(cacheDir, { recursive: true });
  const logFile = join(cacheDir, "dockerd.log");
  const log = await open(logFile, "a");
  const daemon = spawn("dockerd", ["--host", "unix:///var/run/docker.sock"], { detached: true, stdio: ["ignore", log.fd, log.fd] });
  await log.close();
  daemon.unref();
  let ended: string | undefined;
  daemon.once("error", (error) => (ended = messageOf(error)));
  daemon.once("exit", (code, signal) => (ended = `it ended with ${signal ?? `code ${code}`}`));
  update(`log: ${logFile}`);
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const reason = await ping(docker); // a daemon of systemd may answer although ours found its lock taken
    if (reason === undefined) return;
    if (ended !== undefined || Date.now() > deadline) {
      const tail = (await readFile(logFile, "utf8")).trimEnd().split("\n").slice(-10).join("\n");
      throw new DiveError(`dockerd did not start: ${ended ?? `no answer in ${START_TIMEOUT_MS / 1000} s (${reason.message})`}. End of ${logFile}:\n${tail}`, EXIT.requirement);
    }
    await delay(POLL_MS);
  }
}

/** Makes sure that the tool is there with which the base of the stand-in images is made. */
export async function ensureDebstrap(progress: Progress): Promise<void> {
  if ((await which("mmdebstrap")) !== undefined) return;
  if (!(await canInstallPackages())) {
    throw new DiveError("The image registry does not answer, and building the stand-in images needs mmdebstrap: install it (Debian: apt-get install mmdebstrap).", EXIT.requirement);
  }
  await installPackages(progress, ["mmdebstrap"], "base of the stand-in images");
}
