import { setTimeout as delay } from "node:timers/promises";
import type { DockerClient } from "./client.ts";
import { redact, tail } from "./container-logs.ts";
import type { ContainerInputs } from "./types.ts";

/** How long a container that must run is watched for an early exit. Without `wait`, Docker has no better sign of a failed start. */
const EARLY_EXIT_MS = 500;
/** How often the health status is asked for; Docker's own checks are seconds apart. */
const HEALTH_POLL_MS = 250;
/** Seconds; the official plugin's default. */
const DEFAULT_WAIT_TIMEOUT = 60;

/** Starts a created or stopped container. */
export async function start(client: DockerClient, id: string, inputs: ContainerInputs, signal: AbortSignal): Promise<void> {
  await client.call(`start container "${inputs.name}"`, (docker) => docker.getContainer(id).start({ abortSignal: signal }));
}

/**
 * Makes sure that a started container stays up (`mustRun`) and becomes healthy (`wait`).
 * @throws {Error} with exit code and last log lines when it ended, with the last health output when it did not become healthy.
 */
export async function verify(client: DockerClient, id: string, inputs: ContainerInputs, signal: AbortSignal): Promise<void> {
  if (inputs.wait) await untilHealthy(client, id, inputs, signal);
  else if (inputs.mustRun !== false) await watchEarlyExit(client, id, inputs, signal);
}

async function watchEarlyExit(client: DockerClient, id: string, inputs: ContainerInputs, signal: AbortSignal): Promise<void> {
  await delay(EARLY_EXIT_MS, undefined, { signal });
  const { State, RestartCount } = await client.call(`inspect container "${inputs.name}"`, (docker) => docker.getContainer(id).inspect({ abortSignal: signal }));
  // Docker counts a container that its restart policy is starting again as running.
  if (!State.Running || State.Restarting || RestartCount > 0) throw await ended(client, id, inputs);
}

async function untilHealthy(client: DockerClient, id: string, inputs: ContainerInputs, signal: AbortSignal): Promise<void> {
  const seconds = inputs.waitTimeout ?? DEFAULT_WAIT_TIMEOUT;
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const { State } = await client.call(`inspect container "${inputs.name}"`, (docker) => docker.getContainer(id).inspect({ abortSignal: signal }));
    if (!State.Running) throw await ended(client, id, inputs);
    if (State.Health === undefined) throw new Error(`container "${inputs.name}": wait is true, but neither the program nor the image gives a healthcheck`);
    if (State.Health.Status === "healthy") return;
    if (Date.now() >= deadline) {
      const output = State.Health.Log?.at(-1)?.Output?.trim() || "none yet";
      throw new Error(`container "${inputs.name}" is ${State.Health.Status} after ${seconds} s (waitTimeout); last output of its health check: ${redact(output, inputs)}`);
    }
    await delay(HEALTH_POLL_MS, undefined, { signal });
  }
}

async function ended(client: DockerClient, id: string, inputs: ContainerInputs): Promise<Error> {
  const { State, RestartCount } = await client.call(`inspect container "${inputs.name}"`, (docker) => docker.getContainer(id).inspect());
  const how = RestartCount > 0 ? `keeps ending (${RestartCount} restarts so far, exit code ${State.ExitCode})` : `ended right after its start with exit code ${State.ExitCode}`;
  const reason = State.OOMKilled ? " (out of memory)" : "";
  const logs = await tail(client, id, inputs);
  return new Error(`container "${inputs.name}" ${how}${reason}; its last output:\n${logs || "(none)"}`);
}
