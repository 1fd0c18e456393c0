import type { NetworkInspectInfo } from "dockerode";
import type { ResourceType } from "../server/resource-type.ts";
import { type DockerClient, DockerError } from "./client.ts";
import { labelList, labelMap } from "./labels.ts";
import { readBack } from "./read-back.ts";
import type { NetworkInputs, NetworkOutputs } from "./types.ts";

const inputs: ResourceType<DockerClient, NetworkInputs>["inputs"] = {
  name: { type: "string", replaces: true },
  driver: { type: "string", computed: true, replaces: true },
  internal: { type: "boolean", computed: true, replaces: true },
  labels: {
    type: { array: { object: { label: { type: "string", required: true }, value: { type: "string", required: true } } } },
    unordered: true,
    replaces: true,
  },
  ipamDriver: { type: "string", default: "default", replaces: true },
  ipamConfigs: {
    type: { array: { object: { subnet: { type: "string" }, gateway: { type: "string" } } } },
    unordered: true,
    computed: true,
    replaces: true,
  },
};

/** `docker.Network`. Its id is Docker's; nothing of it can change in place. */
export const network: ResourceType<DockerClient, NetworkInputs, NetworkOutputs> = {
  token: "docker:index/network:Network",
  inputs,
  computed: ["scope", "driver", "internal", "ipamConfigs"],
  autonamed: "name",

  async create(client, inputs, context) {
    const { id } = await client.call(`create network "${inputs.name}"`, (docker) =>
      docker.createNetwork({
        Name: inputs.name ?? "",
        // Without it, Docker up to 24 makes a second network of the same name.
        CheckDuplicate: true,
        Driver: inputs.driver,
        Internal: inputs.internal,
        Labels: labelMap(inputs.labels),
        IPAM: {
          Driver: inputs.ipamDriver ?? "default",
          Config: inputs.ipamConfigs?.map(ipam),
        },
        abortSignal: context.signal,
      }),
    );
    const made = await client.call(`inspect network "${inputs.name}"`, (docker) => docker.getNetwork(id).inspect());
    return { id, state: state(inputs, made) };
  },

  async read(client, id, prior) {
    const found = await client.find(`inspect network ${id}`, (docker) => docker.getNetwork(id).inspect());
    if (found === undefined) return undefined;
    const inputs = readNetwork(found, prior);
    return { id: found.Id, inputs, state: state(inputs, found) };
  },

  async delete(client, id, old) {
    try {
      await client.find(`remove network "${old.name}"`, (docker) => docker.getNetwork(id).remove());
    } catch (error) {
      if (!(error instanceof DockerError && error.status === 403)) throw error;
      throw new DockerError(`${error.message}; still attached: ${await attached(client, id)}`, error.status);
    }
  },
};

type IpamConfig = NonNullable<NetworkInputs["ipamConfigs"]>[number];

function ipam({ subnet, gateway }: IpamConfig): Record<string, unknown> {
  return { Subnet: subnet, Gateway: gateway }; // JSON leaves out what is undefined
}

function configsOf(found: NetworkInspectInfo): IpamConfig[] {
  const configs = (found.IPAM?.Config ?? []) as Record<string, string | undefined>[];
  return configs.map(({ Subnet: subnet, Gateway: gateway }) => ({ ...(subnet ? { subnet } : {}), ...(gateway ? { gateway } : {}) }));
}

/** The inputs that would make this network. */
function readNetwork(found: NetworkInspectInfo, prior: Partial<NetworkOutputs>): Partial<NetworkInputs> {
  const given = prior.ipamConfigs;
  const now = {
    name: found.Name,
    driver: found.Driver,
    internal: found.Internal,
    labels: labelList(found.Labels),
    ipamDriver: found.IPAM?.Driver,
    ipamConfigs: configsOf(found).map((config) => (given ? onlyGiven(config, given) : config)),
  };
  return readBack({ properties: inputs }, now, prior) as Partial<NetworkInputs>;
}

/** Docker fills in a gateway where none was given; that is no drift. */
function onlyGiven(config: IpamConfig, given: readonly IpamConfig[]): IpamConfig {
  const own = given.find(({ subnet }) => subnet === config.subnet);
  return own ? Object.fromEntries(Object.entries(config).filter(([key]) => key in own)) : config;
}

function state(inputs: Partial<NetworkInputs>, found: NetworkInspectInfo): NetworkOutputs {
  return { ipamConfigs: configsOf(found), ...inputs, name: found.Name, driver: found.Driver, internal: found.Internal, scope: found.Scope };
}

async function attached(client: DockerClient, id: string): Promise<string> {
  const found = await client.find(`inspect network ${id}`, (docker) => docker.getNetwork(id).inspect());
  const names = Object.values(found?.Containers ?? {}).map(({ Name }) => Name);
  return names.sort().join(", ") || "nothing that Docker names";
}
