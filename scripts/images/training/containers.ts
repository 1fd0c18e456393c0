import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { isAlive } from "../../recovery/processes.ts";
import { docker } from "../docker-cli.ts";

/** Label of what a training run makes; its value is the process that owns it. */
const LABEL = "dive.training";

/** The network and containers of one training run. */
export interface Site {
  network: string;
  /**
   * Starts a container on the run's network, named `<network>-<role>`. Secrets of `env` go through
   * the environment, not the command line.
   */
  run(role: string, image: string, env: Record<string, string>, options: readonly string[], command: readonly string[]): Promise<string>;
}

/** Gives a training run a network of its own, and removes all of it afterwards. */
export async function withSite<T>(work: (site: Site) => Promise<T>): Promise<T> {
  await removeLeftovers();
  const network = `dive-training-${randomUUID().slice(0, 8)}`;
  const label = `${LABEL}=${process.pid}`;
  await docker(["network", "create", "--label", label, network]);
  const containers: string[] = [];
  try {
    return await work({
      network,
      async run(role, image, env, options, command) {
        const name = `${network}-${role}`;
        const names = Object.keys(env).flatMap((key) => ["--env", key]);
        containers.push(name);
        await docker(["run", "--detach", "--name", name, "--label", label, "--network", network, ...names, ...options, image, ...command], { env });
        return name;
      },
    });
  } finally {
    if (containers.length > 0) await docker(["rm", "--force", "--volumes", ...containers]);
    await docker(["network", "rm", network]);
  }
}

/** Removes what a killed training run left: objects whose process is gone. */
async function removeLeftovers(): Promise<void> {
  const list = async (...args: string[]) => {
    const lines = await docker([...args, "--filter", `label=${LABEL}`, "--format", `{{.ID}} {{.Label "${LABEL}"}}`]);
    return lines.split("\n").filter((line) => line !== "").map((line) => line.split(" ") as [string, string]);
  };
  const gone = (entries: [string, string][]) => entries.filter(([, pid]) => !isAlive(Number(pid))).map(([id]) => id);
  const containers = gone(await list("container", "ls", "--all"));
  if (containers.length > 0) await docker(["rm", "--force", "--volumes", ...containers]);
  const networks = gone(await list("network", "ls"));
  if (networks.length > 0) await docker(["network", "rm", ...networks]);
}

/** Where a container's port is published on this machine: "127.0.0.1:<port>". */
export const published = async (container: string, port: number): Promise<string> => (await docker(["port", container, `${port}/tcp`])).split("\n")[0]!;

/**
 * Asks until the answer is yes.
 * @param what for the error: "PostgreSQL answers"
 * @param timeoutMs how long to go on asking
 * @throws Error with the container's last lines when the time is over or the container has ended
 */
export async function waitFor(what: string, container: string, timeoutMs: number, ask: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await ask())) {
    const running = (await docker(["inspect", "--format", "{{.State.Running}}", container])) === "true";
    if (running && Date.now() < deadline) {
      await delay(500);
      continue;
    }
    const log = await docker(["logs", "--tail", "30", container]);
    throw new Error(`Training: waited for "${what}" in ${container}; ${running ? `not so after ${timeoutMs / 1000} s` : "the container ended"}. Its last lines:\n${log}`);
  }
}
