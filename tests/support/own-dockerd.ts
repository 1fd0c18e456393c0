import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Docker from "dockerode";
import { execa } from "execa";

const START_LIMIT_MS = 120_000;
const POLL_MS = 200;

/** Addresses for the test's networks, away from those of the machine's own daemon, which would lose its containers' networks otherwise. */
const POOL = "base=10.213.0.0/16,size=24";

/**
 * A Docker daemon of one test, beside the machine's own: its own socket, data, processes and network namespace. Without a namespace of its
 * own it would take the machine's `docker0` away: that is what `--bridge=none` does to a bridge that is there. Its containers reach each
 * other only.
 */
export class OwnDockerd implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "dive-dockerd-"));
  readonly docker = new Docker({ socketPath: join(this.#folder, "docker.sock") });
  #process: ChildProcess | undefined;

  /** For DOCKER_HOST and the docker provider. */
  get host(): string {
    return `unix://${join(this.#folder, "docker.sock")}`;
  }

  get running(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Starts the daemon, or starts it again on what a killed one left. @throws with its log when it does not answer in time */
  async start(): Promise<void> {
    const deadline = Date.now() + START_LIMIT_MS;
    // As a supervisor does it: after a kill it gives up more than once, until its containerd answers.
    while (!(await this.#try(deadline)));
  }

  /** @returns false when the daemon ended before it answered */
  async #try(deadline: number): Promise<boolean> {
    const at = (name: string): string => join(this.#folder, name);
    const log = openSync(at("log"), "a");
    const child = spawn(
      "unshare",
      ["--net", "dockerd", "--host", this.host, "--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("pid"), "--bridge=none", "--iptables=false", "--ip-masq=false", "--default-address-pool", POOL],
      { stdio: ["ignore", log, log] },
    );
    this.#process = child;
    for (;;) {
      try {
        await this.docker.ping();
        return true;
      } catch (cause) {
        if (Date.now() > deadline) throw new Error(`dockerd did not answer; its log: ${readFileSync(at("log"), "utf8").slice(-3000)}`, { cause });
        if (child.exitCode !== null || child.signalCode !== null) return false;
        await delay(POLL_MS);
      }
    }
  }

  /** Copies an image of the machine's own daemon. */
  async load(image: string): Promise<void> {
    await execa("sh", ["-c", 'docker save "$IMAGE" | docker --host "$TARGET" load'], { env: { IMAGE: image, TARGET: this.host } });
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    const child = this.#process!;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#process;
    if (child !== undefined && this.running) {
      for (const { Id } of await this.docker.listContainers({ all: true })) await this.docker.getContainer(Id).remove({ force: true });
      await this.docker.pruneNetworks();
      const ended = once(child, "exit");
      child.kill("SIGTERM"); // it ends its containerd, and unmounts
      await ended;
    }
    // What the killed daemon had mounted, its successor does not know.
    const mounts = readFileSync("/proc/mounts", "utf8").split("\n").flatMap((line) => line.split(" ")[1] ?? []);
    for (const mount of mounts.filter((path) => path.startsWith(`${this.#folder}/`)).reverse()) await execa("umount", [mount]);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
