import type Docker from "dockerode";
import { describeUrn } from "./engine/events.ts";
import type { Deployment } from "./state.ts";

/** What the labels of a container, network or volume say about its owner. */
export interface Owned {
  kind: "container" | "network" | "volume";
  id: string;
  name: string;
  /** Absolute path of the clone it belongs to. */
  root: string;
  stack: string;
  /** Code of the instance, or "shared". */
  instance: string;
  service: string;
  /** Containers only: Docker's state ("running", "exited", "created"). */
  state?: string;
  /** Containers only: state for people, with uptime and health ("Up 5 minutes (healthy)"). */
  status?: string;
  /** Containers only: published ports, as `127.0.0.1:4000->4000`. */
  ports?: string[];
}

/** Which objects to list: those of a stack name, of one clone or of all. */
export interface Filter {
  stack: string;
  root?: string;
}

const labels = ({ stack, root }: Filter) => [`dive.stack=${stack}`, ...(root === undefined ? [] : [`dive.root=${root}`])];

function owner(all: Record<string, string> | undefined): Pick<Owned, "root" | "stack" | "instance" | "service"> {
  const label = (name: string) => all?.[`dive.${name}`] ?? "";
  return { root: label("root"), stack: label("stack"), instance: label("instance"), service: label("service") };
}

/** Lists containers by label, stopped ones too, in one call. */
export async function listContainers(docker: Docker, filter: Filter): Promise<Owned[]> {
  const found = await docker.listContainers({ all: true, filters: { label: labels(filter) } });
  return found.map((container) => ({
    kind: "container",
    id: container.Id,
    name: (container.Names[0] ?? container.Id).replace(/^\//, ""),
    ...owner(container.Labels),
    state: container.State,
    status: container.Status,
    ports: container.Ports.filter((port) => port.PublicPort !== undefined).map((port) => `${port.IP}:${port.PublicPort}->${port.PrivatePort}`),
  }));
}

/** Lists containers, networks and volumes by label. */
export async function listOwned(docker: Docker, filter: Filter): Promise<Owned[]> {
  const [containers, networks, volumes] = await Promise.all([
    listContainers(docker, filter),
    docker.listNetworks({ filters: { label: labels(filter) } }),
    docker.listVolumes({ filters: { label: labels(filter) } }),
  ]);
  return [
    ...containers,
    ...networks.map((network): Owned => ({ kind: "network", id: network.Id, name: network.Name, ...owner(network.Labels) })),
    ...(volumes.Volumes ?? []).map((volume): Owned => ({ kind: "volume", id: volume.Name, name: volume.Name, ...owner(volume.Labels) })),
  ];
}

/** Removes objects: containers first (with force), then networks and volumes, which they hold. */
export async function removeOwned(docker: Docker, objects: readonly Owned[], update: (detail: string) => void = () => undefined): Promise<void> {
  const gone = (error: unknown) => {
    if (!(error instanceof Error && "statusCode" in error && error.statusCode === 404)) throw error; // somebody else removed it
  };
  const of = (kind: Owned["kind"]) => objects.filter((object) => object.kind === kind);
  await Promise.all(of("container").map(async ({ id, name }) => (update(name), docker.getContainer(id).remove({ force: true, v: false }).catch(gone))));
  await Promise.all(of("network").map(async ({ id, name }) => (update(name), docker.getNetwork(id).remove().catch(gone))));
  await Promise.all(of("volume").map(async ({ id, name }) => (update(name), docker.getVolume(id).remove().catch(gone))));
}

/** Ids of everything of Docker that a state knows, those awaiting deletion among them. */
export function dockerIds(state: Deployment | undefined): Set<string> {
  return new Set((state?.resources ?? []).filter(isDocker).flatMap(({ id }) => (id === undefined ? [] : [id])));
}

/** Whether a resource is one of the docker provider's. */
export function isDocker(resource: { urn: string; type: string }): boolean {
  return resource.type.startsWith("docker:");
}

/** The containers of a state, with the names they have (or had) on the Docker host. */
export function knownContainers(state: Deployment | undefined): { urn: string; id: string; name: string }[] {
  return (state?.resources ?? [])
    .filter(({ type, id, delete: dying }) => type === "docker:index/container:Container" && id !== undefined && dying !== true)
    .map(({ urn, id, outputs }) => ({ urn, id: id as string, name: String(outputs?.["name"] ?? describeUrn(urn).name) }));
}
