import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import Docker from "dockerode";
import type { Case, Subject } from "../../server/table-driver.ts";

/** The Docker daemon of the tests. Everything that is made there carries the run's own prefix and label. */
export class DockerWorld implements AsyncDisposable {
  readonly docker = new Docker();
  readonly prefix = `dive-test-${randomBytes(3).toString("hex")}`;
  readonly labels = [{ label: "dive.test", value: this.prefix }];
  /** A local image with a shell, and its id; the run's own, since an image tells of every name that anybody gives it. */
  readonly image = `${this.named("image")}:own`;
  #imageId = "";

  private constructor() {}

  /** Makes its image from the project's Redis image. @throws when DIVE_IMAGES, which `./dive test` sets, does not name it */
  static async open(): Promise<DockerWorld> {
    const image = (JSON.parse(process.env["DIVE_IMAGES"] ?? "{}") as { redis?: string }).redis;
    if (image === undefined) throw new Error("DIVE_IMAGES names no redis image: run the tests by ./dive test service");
    const world = new DockerWorld();
    // Without labels: they would be the image's, and every container's of it.
    const container = await world.docker.createContainer({ name: world.named("image"), Image: image });
    try {
      await container.commit({ repo: world.named("image"), tag: "own" });
    } finally {
      await container.remove({ v: true });
    }
    world.#imageId = (await world.docker.getImage(world.image).inspect()).Id;
    return world;
  }

  get imageId(): string {
    return this.#imageId;
  }

  /** A name on the daemon for something of a case. */
  named(name: string): string {
    return `${this.prefix}-${name}`;
  }

  /** A running container of the case's own, e.g. to hold a port. Removed with the world. */
  async container(name: string, more: Docker.ContainerCreateOptions = {}): Promise<Docker.Container> {
    const made = await this.docker.createContainer({ name: this.named(name), Image: this.image, Entrypoint: ["sleep", "600"], Cmd: [], Labels: { "dive.test": this.prefix }, ...more });
    await made.start();
    return made;
  }

  async network(name: string): Promise<string> {
    await this.docker.createNetwork({ Name: this.named(name), Labels: { "dive.test": this.prefix } });
    return this.named(name);
  }

  async volume(name: string): Promise<string> {
    await this.docker.createVolume({ Name: this.named(name), Labels: { "dive.test": this.prefix } });
    return this.named(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const filters = { label: [`dive.test=${this.prefix}`] };
    for (const { Id } of await this.docker.listContainers({ all: true, filters })) await this.docker.getContainer(Id).remove({ force: true, v: true });
    for (const { Id } of await this.docker.listNetworks({ filters })) await this.docker.getNetwork(Id).remove();
    for (const { Name } of (await this.docker.listVolumes({ filters })).Volumes) await this.docker.getVolume(Name).remove();
    for (const { RepoTags } of await this.docker.listImages({ filters: { reference: [`${this.prefix}-*`] } })) {
      for (const tag of RepoTags ?? []) if (tag.startsWith(this.prefix)) await this.docker.getImage(tag).remove();
    }
  }
}

export type DockerCase = Case<DockerWorld>;
export type DockerSubject = Subject<DockerWorld>;

/** The name of the case's own object. */
export const own = ({ world, name }: DockerSubject): string => world.named(name);

/** What was found, or undefined where Docker answers 404. */
export async function found<T>(inspect: Promise<T>): Promise<T | undefined> {
  try {
    return await inspect;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}

/** A port of 127.0.0.1 that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
