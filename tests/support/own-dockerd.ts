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

/** A cable between the machine and a daemon's network namespace: a pair of virtual interfaces. */
export interface Cable {
  /** Name of the interface at the machine, at most 15 characters. */
  readonly name: string;
  /** IPv4 addresses of its two ends, of one subnet. */
  readonly machine: string;
  readonly daemon: string;
  /** Bits of the subnet's prefix. */
  readonly prefix: number;
}

/**
 * A Docker daemon of one test, beside the machine's own: its own socket, data, processes and network namespace. Without a namespace of its
 * own it would take the machine's `docker0` away: that is what `--bridge=none` does to a bridge that is there. Its containers reach each
 * other only; with a cable also what is published on the machine's end of it, as the machine reaches what they publish on the other.
 */
export class OwnDockerd implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "dive-dockerd-"));
  readonly docker = new Docker({ socketPath: join(this.#folder, "docker.sock") });
  readonly #cable: Cable | undefined;
  #process: ChildProcess | undefined;

  constructor(cable?: Cable) {
    this.#cable = cable;
  }

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
      ["--net", "dockerd", "--host", this.host, "--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("pid"), "--bridge=none", ...(this.#cable ? [] : ["--iptables=false", "--ip-masq=false"]), "--default-address-pool", POOL],
      { stdio: ["ignore", log, log] },
    );
    this.#process = child;
    for (;;) {
      try {
        await this.docker.ping();
      } catch (cause) {
        if (Date.now() > deadline) throw new Error(`dockerd did not answer; its log: ${readFileSync(at("log"), "utf8").slice(-3000)}`, { cause });
        if (child.exitCode !== null || child.signalCode !== null) return false;
        await delay(POLL_MS);
        continue;
      }
      if (this.#cable) await plugIn(this.#cable, child.pid!);
      return true;
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

/** Lays the cable into the namespace of a process. It goes with that namespace, and so with the last process in it. */
async function plugIn({ name, machine, daemon, prefix }: Cable, pid: number): Promise<void> {
  const inside = (...args: string[]) => execa("nsenter", ["--target", `${pid}`, "--net", "ip", ...args]);
  await execa("ip", ["link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", `${pid}`]);
  await execa("ip", ["address", "add", `${machine}/${prefix}`, "dev", name]);
  await execa("ip", ["link", "set", name, "up"]);
  await inside("address", "add", `${daemon}/${prefix}`, "dev", "eth0");
  for (const device of ["lo", "eth0"]) await inside("link", "set", device, "up");
}
