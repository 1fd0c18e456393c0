import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ResourceType } from "../server/resource-type.ts";
import { diff } from "../server/diff.ts";
import { mergeRead } from "../server/outputs.ts";
import { DockerClient } from "./client.ts";
import { container } from "./container.ts";
import { network } from "./network.ts";
import { remoteImage } from "./remote-image.ts";
import type { ContainerInputs } from "./types.ts";
import { volume } from "./volume.ts";

/**
 * The resource types' functions on a real daemon. Needs a local image with a shell: `DIVE_TEST_SHELL_IMAGE`,
 * else the project's Redis image. Everything made carries the run's own prefix. Proves lifecycle and read-back; the gRPC protocol around it is the shared server's test.
 */
const image = process.env["DIVE_TEST_SHELL_IMAGE"] ?? (JSON.parse(process.env["DIVE_IMAGES"] ?? "{}") as { redis?: string }).redis ?? "";
const prefix = `${process.env["DIVE_TEST_PREFIX"] ?? "dive-test"}-${randomBytes(3).toString("hex")}`;
const docker = new Docker();
const client = new DockerClient({});
const context = { urn: "urn:pulumi:t::t::docker:index/container:Container::t", signal: new AbortController().signal, timeoutSeconds: 0 };
const labels = [{ label: "dive.docker-plugin-test", value: prefix }];
const defaults = { restart: "no", start: true, mustRun: true, wait: false, waitTimeout: 60, removeVolumes: true, readOnly: false };
const sleep = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

function args(name: string, own: Partial<ContainerInputs> = {}): ContainerInputs {
  return { ...defaults, name: `${prefix}-${name}`, image, user: "0:0", entrypoints: ["sh", "-c"], command: [sleep], labels, destroyGraceSeconds: 3, ...own };
}

/** The changes a refresh would show, by the shared server's own merge and diff. */
async function refresh(type: ResourceType<DockerClient>, id: string, inputs: object, state: object): Promise<string[]> {
  const found = await type.read(client, id, state, context);
  if (found === undefined) return ["gone"];
  return diff(type.inputs, inputs as Record<string, unknown>, mergeRead(type.inputs, { ...inputs } as never, found.inputs as never)).map(({ path }) => path);
}

async function make(inputs: ContainerInputs) {
  expect(container.check?.(inputs)).toEqual([]);
  return container.create(client, inputs, context);
}

/** A port of 127.0.0.1 that is free now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function run(inputs: ContainerInputs): Promise<{ code: number; output: string }> {
  const { id } = await make({ ...inputs, mustRun: false });
  const { StatusCode } = (await docker.getContainer(id).wait()) as { StatusCode: number };
  const output = (await docker.getContainer(id).logs({ stdout: true, stderr: true, follow: false })).toString("utf8");
  return { code: StatusCode, output };
}

beforeAll(() => {
  if (image === "") throw new Error("DIVE_TEST_SHELL_IMAGE: not set, nor DIVE_IMAGES with redis; one of them must name a local image with a shell");
});

afterAll(async () => {
  const filters = { label: [`dive.docker-plugin-test=${prefix}`] };
  for (const { Id } of await docker.listContainers({ all: true, filters })) await docker.getContainer(Id).remove({ force: true, v: true });
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
  for (const { Name } of (await docker.listVolumes({ filters })).Volumes) await docker.getVolume(Name).remove();
});

describe("docker.RemoteImage", () => {
  it("uses the local image without a pull and keeps it", async () => {
    const inputs = { name: image, keepLocally: true };
    const { id, state } = await remoteImage.create(client, inputs, context);
    const { Id } = await docker.getImage(image).inspect();
    expect(id).toBe(Id + image);
    expect(state).toEqual({ ...inputs, imageId: Id, repoDigest: "" });
    expect(await refresh(remoteImage, id, inputs, state)).toEqual([]);
    await remoteImage.delete(client, id, state, context);
    expect((await docker.getImage(image).inspect()).Id).toBe(Id);
  });

  it("removes the name it does not keep, and finds a removed image gone", async () => {
    const name = `${prefix}-copy:1`;
    await docker.getImage(image).tag({ repo: `${prefix}-copy`, tag: "1" });
    const { id, state } = await remoteImage.create(client, { name }, context);
    await remoteImage.delete(client, id, state, context);
    expect(await remoteImage.read(client, id, state, context)).toBeUndefined();
    await remoteImage.delete(client, id, state, context);
  });

  it("says which image it could not pull", async () => {
    await expect(remoteImage.create(client, { name: "127.0.0.1:9/none" }, context)).rejects.toThrow('cannot pull image "127.0.0.1:9/none:latest"');
  });
});

describe("docker.Network and docker.Volume", () => {
  it("makes a network with its own subnet, reads it back without drift, and refuses a second one of that name", async () => {
    const inputs = { name: `${prefix}-net`, driver: "bridge", ipamDriver: "default", internal: true, labels, ipamConfigs: [{ subnet: "10.199.7.0/24" }], options: { "com.docker.network.bridge.enable_icc": "true" } };
    const { id, state } = await network.create(client, inputs, context);
    expect(await refresh(network, id, inputs, state)).toEqual([]);
    await expect(network.create(client, inputs, context)).rejects.toThrow(`network with name ${prefix}-net already exists`);
    expect((await network.read(client, id, {}, context))?.inputs).toMatchObject({ name: inputs.name, internal: true, labels, ipamConfigs: [{ subnet: "10.199.7.0/24" }] });

    const user = await make(args("user", { networksAdvanced: [{ name: inputs.name }] }));
    await expect(network.delete(client, id, state, context)).rejects.toThrow(`still attached: ${prefix}-user`);
    await container.delete(client, user.id, user.state, context);
    await network.delete(client, id, state, context);
    await network.delete(client, id, state, context);
    expect(await network.read(client, id, state, context)).toBeUndefined();
  });

  it("makes a volume and does not adopt an existing one", async () => {
    const inputs = { name: `${prefix}-vol`, driver: "local", labels };
    const { id, state } = await volume.create(client, inputs, context);
    expect(id).toBe(inputs.name);
    expect(await refresh(volume, id, inputs, state)).toEqual([]);
    await expect(volume.create(client, inputs, context)).rejects.toThrow(`cannot create volume "${inputs.name}": there is one of that name`);
    const user = await make(args("vol-user", { volumes: [{ volumeName: inputs.name, containerPath: "/d" }] }));
    await expect(volume.delete(client, id, state, context)).rejects.toThrow(`used by: ${prefix}-vol-user`);
    await container.delete(client, user.id, user.state, context);
    await volume.delete(client, id, state, context);
    await volume.delete(client, id, state, context);
    expect(await volume.read(client, id, state, context)).toBeUndefined();
  });
});

describe("docker.Container", () => {
  it("reads back every supported property without drift, before and after a stop and start", async () => {
    const nets = ["a", "b"].map((name, index) => ({ name: `${prefix}-${name}`, driver: "bridge", labels, ipamConfigs: [{ subnet: `10.199.${index + 10}.0/24` }] }));
    const ids = await Promise.all(nets.map((inputs) => network.create(client, inputs, context).then(({ id }) => id)));
    const data = { name: `${prefix}-data`, driver: "local", labels };
    await volume.create(client, data, context);
    const external = await freePort();
    const inputs = args("full", {
      command: ["while :; do sleep 0.1; done"],
      envs: ["B=2", "A=1", "EMPTY="],
      hostname: "full",
      domainname: "example.test",
      user: "1000:0",
      groupAdds: ["10"],
      workingDir: "/tmp",
      labels: [{ label: "z", value: "" }, ...labels, { label: "dive.files", value: "abc" }],
      ports: [{ internal: 81, protocol: "udp" }, { internal: 80, ip: "127.0.0.1", external }, { internal: 82, ip: "127.0.0.1" }],
      networksAdvanced: [{ name: nets[1]?.name ?? "", aliases: ["two", "deux"], ipv4Address: "10.199.11.77" }, { name: ids[0] ?? "", aliases: ["one"] }],
      networkMode: "bridge",
      hosts: [{ host: "somewhere", ip: "10.9.8.7" }],
      dns: ["10.199.10.1"],
      dnsSearches: ["example.test"],
      dnsOpts: ["ndots:1"],
      volumes: [{ volumeName: data.name, containerPath: "/data", readOnly: true }, { hostPath: "/var/empty", containerPath: "/empty" }, { containerPath: "/scratch" }],
      mounts: [{ type: "tmpfs", target: "/mnt", tmpfsOptions: { sizeBytes: 65536, mode: 0o700 } }],
      tmpfs: { "/tmp": "", "/run": "size=64k,mode=1777" },
      healthcheck: { tests: ["CMD", "true"], interval: "1m30s", timeout: "5s", startPeriod: "0s", retries: 3 },
      restart: "on-failure",
      maxRetryCount: 2,
      stopSignal: "SIGKILL",
      stopTimeout: 5,
      memory: 64,
      memorySwap: 128,
      memoryReservation: 32,
      cpus: "0.50",
      cpuShares: 512,
      cpuSet: "0",
      shmSize: 32,
      ulimits: [{ name: "nofile", soft: 1024, hard: 2048 }],
      capabilities: { adds: ["NET_BIND_SERVICE"], drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      sysctls: { "net.ipv4.ip_unprivileged_port_start": "0" },
      readOnly: true,
      init: true,
      logDriver: "json-file",
      logOpts: { "max-size": "1m" },
      privileged: false,
    });
    const { id, state } = await make(inputs);
    expect(await refresh(container, id, inputs, state)).toEqual([]);
    expect(state.networkDatas?.map(({ networkName }) => networkName)).toEqual(nets.map(({ name }) => name));
    expect(state.networkDatas?.[1]?.ipAddress).toBe("10.199.11.77");
    expect(state.ports?.map(({ external }) => external)).toEqual([expect.any(Number), external, expect.any(Number)]);
    const read = await container.read(client, id, state, context);
    expect(read?.state).toEqual(state);
    await docker.getContainer(id).restart({ t: 0 });
    expect(await refresh(container, id, inputs, state)).toEqual([]);
    await container.delete(client, id, state, context);
    expect(await refresh(container, id, inputs, state)).toEqual(["gone"]);
    await container.delete(client, id, state, context);
  });

  it("fills a volume through a never-started writer, for a reader with a read-only root that is not root", async () => {
    const files = { name: `${prefix}-files`, driver: "local", labels };
    await volume.create(client, files, context);
    const writer = args("files", {
      start: false,
      mustRun: false,
      volumes: [{ volumeName: files.name, containerPath: "/run/dive" }],
      uploads: [
        { file: "/run/dive/tls.key", content: "the key\n", permissions: "0640" },
        { file: "/run/dive/policies/a/b.rego", contentBase64: Buffer.from("package a\n").toString("base64"), permissions: "0644" },
      ],
    });
    const made = await make(writer);
    expect((await docker.getContainer(made.id).inspect()).State.Status).toBe("created");
    expect(await refresh(container, made.id, writer, made.state)).toEqual([]);
    const reader = { readOnly: true, volumes: [{ volumeName: files.name, containerPath: "/run/dive", readOnly: true }] };
    const script = "id -u; id -g; stat -c '%a %u %g' /run/dive/tls.key; cat /run/dive/tls.key /run/dive/policies/a/b.rego; ! touch /x";
    const { code, output } = await run(args("reader", { ...reader, user: "1000:0", command: [script] }));
    expect(output).toMatch(/1000[^]*640 0 0[^]*the key[^]*package a/);
    expect(code).toBe(0);
    expect((await run(args("stranger", { ...reader, user: "1000:1000", command: ["cat /run/dive/tls.key"] }))).output).toContain("Permission denied");
  });

  it("uploads into the root of a plain container, and into a writable volume below a read-only root", async () => {
    expect((await run(args("plain", { command: ["cat /etc/x/y.conf"], uploads: [{ file: "/etc/x/y.conf", content: "plain upload" }] }))).output).toContain("plain upload");
    const inputs = args("below", { readOnly: true, volumes: [{ containerPath: "/v" }], command: ["/v/run.sh"], uploads: [{ file: "/v/run.sh", content: "#!/bin/sh\necho from below\n", executable: true }] });
    expect((await run(inputs)).output).toContain("from below");
  });

  it("changes limits and restart policy in place, and shows what somebody else changed", async () => {
    const inputs = args("limits", { memory: 64, cpus: "0.5" });
    const { id, state } = await make(inputs);
    const next = { ...inputs, memory: 256, cpus: "1", restart: "always" };
    const updated = await container.update?.(client, id, next, state, ["memory", "cpus", "restart"], context);
    const { HostConfig } = await docker.getContainer(id).inspect();
    expect([HostConfig.Memory, HostConfig.NanoCpus, HostConfig.RestartPolicy?.Name]).toEqual([256 * 1024 * 1024, 1e9, "always"]);
    expect(await refresh(container, id, next, updated ?? {})).toEqual([]);
    await docker.getContainer(id).update({ RestartPolicy: { Name: "no" } });
    expect(await refresh(container, id, next, updated ?? {})).toEqual(["restart"]);
    const { memory, ...unlimited } = next;
    await expect(container.update?.(client, id, unlimited, updated ?? {}, ["memory"], context)).rejects.toThrow("Docker cannot lift memory");
  });

  it("shows a stopped container as drift and starts it again in place", async () => {
    const inputs = args("stopped");
    const { id, state } = await make(inputs);
    await docker.getContainer(id).stop({ t: 1 });
    expect(await refresh(container, id, inputs, state)).toEqual(["start"]);
    await container.update?.(client, id, inputs, state, ["start"], context);
    expect((await docker.getContainer(id).inspect()).State.Running).toBe(true);
    expect(await refresh(container, id, inputs, state)).toEqual([]);
  });

  it("imports by id what the program would have set", async () => {
    const inputs = args("import", { envs: ["A=1"], memory: 64 });
    const { id } = await make(inputs);
    const found = await container.read(client, id, {}, context);
    expect(found?.inputs).toEqual({ name: inputs.name, image, user: "0:0", entrypoints: ["sh", "-c"], command: [sleep], labels, envs: ["A=1"], memory: 64, restart: "no", start: true });
  });

  it("reports exit code and output of a container that must run and ends, without secrets, and removes it", async () => {
    const inputs = args("ends", {
      envs: ["PASSWORD=correct-horse"],
      uploads: [{ file: "/s.conf", content: "db-password=battery-staple\n" }],
      command: ["echo cannot log in with $PASSWORD; cat /s.conf; exit 7"],
    });
    const failure = await make(inputs).catch((error: Error) => error.message);
    expect(failure).toContain(`container "${inputs.name}" ended right after its start with exit code 7`);
    expect(failure).toContain("cannot log in with [redacted]");
    expect(failure).not.toMatch(/correct-horse|battery-staple/);
    await expect(docker.getContainer(inputs.name ?? "").inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  it("waits for health, and says what the health check said when it does not come", async () => {
    const check = { interval: "200ms", timeout: "1s", retries: 1 };
    const good = await make(args("healthy", { wait: true, waitTimeout: 20, healthcheck: { ...check, tests: ["CMD-SHELL", "test -f /tmp/up"] }, command: ["sleep 1; touch /tmp/up; sleep 60"] }));
    expect((await docker.getContainer(good.id).inspect()).State.Health?.Status).toBe("healthy");
    const bad = args("sick", { wait: true, waitTimeout: 2, healthcheck: { ...check, tests: ["CMD-SHELL", "echo no database; false"] } });
    await expect(make(bad)).rejects.toThrow(/is unhealthy after 2 s \(waitTimeout\); last output of its health check: no database/);
    await expect(make(args("unchecked", { wait: true }))).rejects.toThrow("wait is true, but neither the program nor the image gives a healthcheck");
  });

  it("removes the half-made container when its port is taken, and names the container that has its name", async () => {
    const external = await freePort();
    const ports = [{ internal: 80, external, ip: "127.0.0.1" }];
    const first = await make(args("first", { ports }));
    const second = args("second", { ports });
    await expect(make(second)).rejects.toThrow(new RegExp(`cannot start container .*127.0.0.1:${external}.*already allocated`));
    await expect(docker.getContainer(second.name ?? "").inspect()).rejects.toMatchObject({ statusCode: 404 });
    await expect(make(args("first"))).rejects.toThrow(new RegExp(`name "/${prefix}-first" is already in use by container "${first.id}".*not taken over`));
    expect((await docker.getContainer(first.id).inspect()).State.Running).toBe(true);
  });

  it("ends a container with the grace given", async () => {
    const { id, state } = await make(args("graceful"));
    const started = Date.now();
    await container.delete(client, id, state, context);
    expect(Date.now() - started).toBeLessThan(3000);
  });
});

it("says which daemon call failed when there is no daemon", async () => {
  const nowhere = new DockerClient({ host: "unix:///nonexistent.sock" });
  await expect(volume.read(nowhere, "v", {}, context)).rejects.toThrow(/cannot inspect volume "v": .*is the Docker daemon running/);
});
