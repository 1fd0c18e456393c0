import type { ImageInspectInfo } from "dockerode";
import type { ResourceType } from "../server/resource-type.ts";
import type { DockerClient } from "./client.ts";
import { readBack } from "./read-back.ts";
import type { RemoteImageInputs, RemoteImageOutputs } from "./types.ts";

const inputs: ResourceType<DockerClient, RemoteImageInputs>["inputs"] = {
  name: { type: "string", required: true, replaces: true },
  keepLocally: { type: "boolean", writeOnly: true },
};

/**
 * `docker.RemoteImage`: an image that the daemon has under this name is used as it is, any other is pulled (without a login).
 * As with the official plugin its id is image id + name, so an image built anew under the same name shows at a refresh.
 */
export const remoteImage: ResourceType<DockerClient, RemoteImageInputs, RemoteImageOutputs> = {
  token: "docker:index/remoteImage:RemoteImage",
  inputs,
  computed: ["imageId", "repoDigest"],

  async create(client, inputs, { signal }) {
    const image = (await find(client, inputs.name)) ?? (await pull(client, inputs, signal));
    return { id: image.Id + inputs.name, state: state(inputs, image) };
  },

  async read(client, id, prior) {
    const name = prior.name ?? nameFromId(id);
    const image = await find(client, name);
    if (image === undefined) return undefined;
    const inputs = readBack({ properties: remoteImage.inputs }, { name }, prior) as Partial<RemoteImageInputs>;
    return { id: image.Id + name, inputs, state: state({ ...inputs, name }, image) };
  },

  // Only what concerns the delete can change in place.
  async update(_client, _id, inputs, old) {
    return { ...old, ...inputs, keepLocally: inputs.keepLocally };
  },

  async delete(client, _id, { name, keepLocally }) {
    if (keepLocally || name === undefined) return;
    await client.find(`remove image "${name}"`, (docker) => docker.getImage(name).remove());
  },
};

function find(client: DockerClient, name: string): Promise<ImageInspectInfo | undefined> {
  return client.find(`inspect image "${name}"`, (docker) => docker.getImage(name).inspect());
}

async function pull(client: DockerClient, { name }: RemoteImageInputs, signal: AbortSignal): Promise<ImageInspectInfo> {
  const full = withTag(name);
  await client.call(`pull image "${full}"`, async (docker) => {
    const stream = await docker.pull(full, { abortSignal: signal });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(stream, (error: Error | null) => (error ? reject(error) : resolve()));
    });
  });
  return client.call(`inspect image "${name}"`, (docker) => docker.getImage(name).inspect());
}

/** Without a tag or digest Docker would pull every tag. Exported for its test. */
export function withTag(name: string): string {
  const last = name.slice(name.lastIndexOf("/") + 1);
  return name.includes("@") || last.includes(":") ? name : `${name}:latest`;
}

/** The digest of the repository that the name speaks of; empty for an image that no registry knows. Exported for its test. */
export function repoDigest(name: string, digests: readonly string[] | null | undefined): string {
  const [repository = ""] = withTag(name).split("@");
  const colon = repository.lastIndexOf(":");
  const bare = colon > repository.lastIndexOf("/") ? repository.slice(0, colon) : repository;
  return (digests ?? []).find((digest) => digest.split("@")[0] === bare) ?? "";
}

function state(inputs: RemoteImageInputs, image: ImageInspectInfo): RemoteImageOutputs {
  return { ...inputs, imageId: image.Id, repoDigest: repoDigest(inputs.name, image.RepoDigests) };
}

/** `sha256:<64 hex digits><name>`; an import may also give the bare name. */
function nameFromId(id: string): string {
  return id.replace(/^sha256:[0-9a-f]{64}/, "");
}
