import Docker from "dockerode";
import { ROOT } from "./paths.ts";

/** The Docker daemon that the stacks of the tests run on (DOCKER_HOST or the default socket). */
export const docker = new Docker();

/** Names of all that a stack of one clone has on the Docker host, each list sorted. */
export interface StackObjects {
  readonly containers: string[];
  readonly networks: string[];
  readonly volumes: string[];
}

/** What {@link stackObjects} answers when nothing is left. */
export const NOTHING: StackObjects = { containers: [], networks: [], volumes: [] };

/** Lists what carries the labels of this stack AND this clone: never another clone's or another stack's objects. @param host default: {@link docker} */
export async function stackObjects(stack: string, root = ROOT, host = docker): Promise<StackObjects> {
  const filters = { label: [`dive.stack=${stack}`, `dive.root=${root}`] };
  const [containers, networks, volumes] = await Promise.all([
    host.listContainers({ all: true, filters }),
    host.listNetworks({ filters }),
    host.listVolumes({ filters }),
  ]);
  return {
    containers: containers.map((c) => (c.Names[0] ?? c.Id).replace(/^\//, "")).sort(),
    networks: networks.map((n) => n.Name).sort(),
    volumes: (volumes.Volumes ?? []).map((v) => v.Name).sort(),
  };
}

/** Removes what {@link stackObjects} lists, and answers what that was. */
export async function removeStackObjects(stack: string, root = ROOT, host = docker): Promise<StackObjects> {
  const found = await stackObjects(stack, root, host);
  await Promise.all(found.containers.map((name) => host.getContainer(name).remove({ force: true })));
  await Promise.all([
    ...found.networks.map((name) => host.getNetwork(name).remove()),
    ...found.volumes.map((name) => host.getVolume(name).remove()),
  ]);
  return found;
}

/** The stack's containers that run, by name: id, when it was started, and how often again. Equal to what it was: nothing was replaced or restarted. */
export async function runningContainers(stack: string, root = ROOT): Promise<Record<string, string>> {
  const found = await docker.listContainers({ filters: { label: [`dive.stack=${stack}`, `dive.root=${root}`] } });
  const entries = await Promise.all(
    found.map(async ({ Id }) => {
      const { Name, RestartCount, State } = await docker.getContainer(Id).inspect();
      return [Name.slice(1), `${Id} ${State.StartedAt} ${RestartCount}`] as const;
    }),
  );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Everything a container has written so far, or its last `tail` lines, stdout and stderr together. */
export async function containerLogs(name: string, tail?: number): Promise<string> {
  const framed = await docker.getContainer(name).logs({ stdout: true, stderr: true, follow: false, ...(tail && { tail }) });
  return unframe(framed as unknown as Buffer);
}

/**
 * The last 50 lines of each container of the stack that should run and does not, or is unhealthy; "" when all is well.
 * A `-files` container is a never-started writer, so its state `created` is no failure.
 */
export async function failedContainerLogs(stack: string): Promise<string> {
  const { containers } = await stackObjects(stack);
  const parts: string[] = [];
  for (const name of containers.filter((n) => !n.endsWith("-files"))) {
    const { State: state } = await docker.getContainer(name).inspect();
    if (state.Running && state.Health?.Status !== "unhealthy") continue;
    const status = `${state.Health?.Status ?? state.Status}, exit code ${state.ExitCode}`;
    parts.push(`--- ${name} (${status}), last 50 lines:\n${await containerLogs(name, 50)}`);
  }
  return parts.join("\n");
}

/** Takes Docker's stream frames (8-byte header: stream, 0, 0, 0, length) off; without a terminal logs come in these. */
export function unframe(framed: Buffer): string {
  const payloads: Buffer[] = [];
  for (let at = 0; at + 8 <= framed.length; ) {
    const length = framed.readUInt32BE(at + 4);
    payloads.push(framed.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(payloads).toString("utf8");
}
