import type { VolumeInspectInfo } from "dockerode";
import type { ResourceType } from "../server/resource-type.ts";
import { type DockerClient, DockerError } from "./client.ts";
import { labelList, labelMap } from "./labels.ts";
import { readBack } from "./read-back.ts";
import type { VolumeInputs, VolumeOutputs } from "./types.ts";

const inputs: ResourceType<DockerClient, VolumeInputs>["inputs"] = {
  name: { type: "string", replaces: true },
  driver: { type: "string", computed: true, replaces: true },
  labels: {
    type: { array: { object: { label: { type: "string", required: true }, value: { type: "string", required: true } } } },
    unordered: true,
    replaces: true,
  },
};

/** `docker.Volume`. Its id is its name; nothing of it can change in place. */
export const volume: ResourceType<DockerClient, VolumeInputs, VolumeOutputs> = {
  token: "docker:index/volume:Volume",
  inputs,
  computed: ["mountpoint", "driver"],
  autonamed: "name",

  async create(client, inputs, context) {
    const name = inputs.name ?? "";
    // Docker answers a create with the volume that has the name already, which would adopt somebody's data.
    const taken = await find(client, name);
    if (taken) throw new DockerError(`cannot create volume "${name}": there is one of that name, made ${made(taken)}. Existing volumes are not taken over: remove it, or import it into the stack.`, 409);
    await client.call(`create volume "${name}"`, (docker) =>
      docker.createVolume({ Name: name, Driver: inputs.driver, Labels: labelMap(inputs.labels), abortSignal: context.signal }),
    );
    const created = await client.call(`inspect volume "${name}"`, (docker) => docker.getVolume(name).inspect());
    return { id: name, state: { ...inputs, driver: created.Driver, mountpoint: created.Mountpoint } };
  },

  async read(client, id, prior) {
    const found = await find(client, id);
    if (found === undefined) return undefined;
    const now = { name: found.Name, driver: found.Driver, labels: labelList(found.Labels) };
    const inputs = readBack({ properties: volume.inputs }, now, prior) as Partial<VolumeInputs>;
    return { id: found.Name, inputs, state: { ...inputs, name: found.Name, driver: found.Driver, mountpoint: found.Mountpoint } };
  },

  async delete(client, id) {
    try {
      await client.find(`remove volume "${id}"`, (docker) => docker.getVolume(id).remove());
    } catch (error) {
      if (!(error instanceof DockerError && error.status === 409)) throw error;
      throw new DockerError(`${error.message}; used by: ${await users(client, id)}`, error.status);
    }
  },
};

function find(client: DockerClient, name: string): Promise<VolumeInspectInfo | undefined> {
  return client.find(`inspect volume "${name}"`, (docker) => docker.getVolume(name).inspect());
}

/** dockerode's type leaves the date out. */
function made(found: VolumeInspectInfo & { readonly CreatedAt?: string }): string {
  return found.CreatedAt ?? "at an unknown time";
}

async function users(client: DockerClient, name: string): Promise<string> {
  const containers = await client.call(`list the containers that use volume "${name}"`, (docker) => docker.listContainers({ all: true, filters: { volume: [name] } }));
  return containers.flatMap(({ Names }) => Names.map((container) => container.replace(/^\//, ""))).sort().join(", ") || "no container that Docker names";
}
