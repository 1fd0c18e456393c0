import type { ContainerInspectInfo } from "dockerode";
import { PartialCreateError, type ResourceType } from "../server/resource-type.ts";
import { type DockerClient, DockerError } from "./client.ts";
import { checkContainer } from "./container-check.ts";
import { upload } from "./container-files.ts";
import { containerInputs, fixed, updatable } from "./container-inputs.ts";
import { containerOutputs } from "./container-outputs.ts";
import { readContainer } from "./container-read-back.ts";
import { createSpec, endpoint, limits } from "./container-spec.ts";
import { start, verify } from "./container-start.ts";
import type { ContainerInputs, ContainerOutputs } from "./types.ts";

/** A network's id, which `networksAdvanced.name` may hold instead of its name. */
const NETWORK_ID = /^[0-9a-f]{64}$/;

/** `docker.Container`: created with its files and all its networks first, then started, then verified. */
export const container: ResourceType<DockerClient, ContainerInputs, ContainerOutputs> = {
  token: "docker:index/container:Container",
  inputs: containerInputs,
  computed: ["networkDatas", "exitCode", "hostname"],
  // An update also starts a stopped container, which then has other addresses.
  recomputed: ["networkDatas", "exitCode"],
  autonamed: "name",
  // As officially: published ports would collide, also where the name does not.
  deleteBeforeReplace: true,
  check: checkContainer,

  async create(client, inputs, context) {
    const complete = await withNetworkNames(client, inputs);
    const id = await createContainer(client, complete);
    try {
      await finish(client, id, complete, context.signal);
      return { id, state: containerOutputs(await inspect(client, id, inputs.name), inputs) };
    } catch (error) {
      // It stays, as officially: the next update finishes it, a delete removes it, and meanwhile it can be looked at.
      throw new PartialCreateError(error instanceof Error ? error.message : String(error), id, { ...inputs }, error);
    }
  },

  async read(client, id, state) {
    const inspected = await client.find(`inspect container ${id}`, (docker) => docker.getContainer(id).inspect());
    if (inspected === undefined) return undefined;
    const importing = state.image === undefined;
    const image = importing ? await client.find(`inspect image ${inspected.Image}`, (docker) => docker.getImage(inspected.Image).inspect()) : undefined;
    const inputs = readContainer(inspected, state, image);
    return { id: inspected.Id, inputs, state: containerOutputs(inspected, inputs) };
  },

  async update(client, id, inputs, old, changed, context) {
    const impossible = fixed.filter((name) => changed.includes(name));
    if (impossible.length > 0) {
      throw new Error(`container "${inputs.name}": Docker cannot change ${impossible.join(", ")} of a container that exists; give the resource the option replaceOnChanges: ${JSON.stringify(impossible)}`);
    }
    const limitsChanged = updatable.filter((name) => changed.includes(name));
    if (limitsChanged.length > 0) await updateLimits(client, id, inputs, old, limitsChanged);
    await finish(client, id, await withNetworkNames(client, inputs), context.signal);
    // After a create that failed in its wait, the engine calls without any change.
    if (inputs.wait && (changed.length === 0 || changed.includes("wait") || changed.includes("waitTimeout"))) await verify(client, id, inputs, context.signal);
    return containerOutputs(await inspect(client, id, inputs.name), inputs);
  },

  async delete(client, id, state) {
    const name = state.name ?? id;
    await ignoreGone(client, `stop container "${name}"`, (docker) =>
      docker.getContainer(id).stop(state.destroyGraceSeconds === undefined ? {} : { t: state.destroyGraceSeconds }),
    );
    await ignoreGone(client, `remove container "${name}"`, (docker) => docker.getContainer(id).remove({ force: true, v: state.removeVolumes !== false }));
  },
};

async function createContainer(client: DockerClient, inputs: ContainerInputs): Promise<string> {
  try {
    // Without the signal: a create cut off half way would leave a container whose id nobody knows.
    return (await client.call(`create container "${inputs.name}"`, (docker) => docker.createContainer(createSpec(inputs)))).id;
  } catch (error) {
    if (!(error instanceof DockerError && error.status === 409)) throw error;
    throw new DockerError(`${error.message} Existing containers are not taken over: remove it, or import it into the stack.`, 409);
  }
}

/** Networks given by id, named: Docker's answers speak of names only, and so does the read-back. */
async function withNetworkNames(client: DockerClient, inputs: ContainerInputs): Promise<ContainerInputs> {
  if (!inputs.networksAdvanced?.some(({ name }) => NETWORK_ID.test(name))) return inputs;
  const networksAdvanced = await Promise.all(
    inputs.networksAdvanced.map(async (attachment) => {
      if (!NETWORK_ID.test(attachment.name)) return attachment;
      const { Name } = await client.call(`inspect network ${attachment.name}`, (docker) => docker.getNetwork(attachment.name).inspect());
      return { ...attachment, name: Name };
    }),
  );
  return { ...inputs, networksAdvanced };
}

function inspect(client: DockerClient, id: string, name: string | undefined): Promise<ContainerInspectInfo> {
  return client.call(`inspect container "${name}"`, (docker) => docker.getContainer(id).inspect());
}

/** Docker's "never" in times. */
const NEVER = "0001-01-01T00:00:00Z";

/** Does what a created container still lacks: networks, files, the start. What was done before is left alone. */
async function finish(client: DockerClient, id: string, inputs: ContainerInputs, signal: AbortSignal): Promise<void> {
  const { State, NetworkSettings } = await inspect(client, id, inputs.name);
  for (const attachment of (inputs.networksAdvanced ?? []).slice(1)) {
    if (attachment.name in NetworkSettings.Networks) continue;
    await client.call(`connect container "${inputs.name}" to network "${attachment.name}"`, (docker) =>
      docker.getNetwork(attachment.name).connect({ Container: id, EndpointConfig: endpoint(attachment) }),
    );
  }
  const isNew = State.StartedAt === NEVER;
  if (isNew) await upload(client, id, inputs, signal);
  if (inputs.start === false || State.Running || (!isNew && inputs.mustRun === false)) return;
  await start(client, id, inputs, signal);
  await verify(client, id, inputs, signal);
}

async function updateLimits(client: DockerClient, id: string, inputs: ContainerInputs, old: ContainerOutputs, changed: readonly (typeof updatable)[number][]): Promise<void> {
  const lifted = changed.filter((name) => inputs[name] === undefined && old[name] !== undefined && name !== "memorySwap");
  if (lifted.length > 0) {
    throw new Error(`container "${inputs.name}": Docker cannot lift ${lifted.join(", ")} on a container that exists; give a value, or replace it with \`pulumi up --target-replace\``);
  }
  const update = limits(inputs);
  // Docker's own choice for swap beside a memory limit; it refuses a memory limit above the swap limit it chose before.
  if (update.Memory !== undefined && update.MemorySwap === undefined) update.MemorySwap = 2 * update.Memory;
  await client.call(`update ${changed.join(", ")} of container "${inputs.name}"`, (docker) => docker.getContainer(id).update(update));
}

/** 304: it is stopped already; 409: somebody else is removing it right now. */
const DONE_ALREADY = [304, 404, 409];

async function ignoreGone(client: DockerClient, what: string, action: Parameters<DockerClient["call"]>[1]): Promise<void> {
  try {
    await client.call(what, action);
  } catch (error) {
    if (!(error instanceof DockerError && DONE_ALREADY.includes(error.status ?? 0))) throw error;
  }
}
