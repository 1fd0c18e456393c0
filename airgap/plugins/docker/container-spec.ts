import type { ContainerCreateOptions, EndpointSettings, HealthConfig, HostConfig } from "dockerode";
import { parseDuration } from "./duration.ts";
import { labelMap } from "./labels.ts";
import type { Attachment, ContainerInputs } from "./types.ts";

const MEBIBYTE = 1024 * 1024;
const NANO_CPUS = 1e9;

/** Docker's "unlimited" for swap, taken as it is. */
const UNLIMITED = -1;

/**
 * The create call for a container. It names at most one network: API 1.41 refuses more, the others are connected before the start.
 */
export function createSpec(inputs: ContainerInputs): ContainerCreateOptions {
  const primary = inputs.networksAdvanced?.[0];
  return compact({
    name: inputs.name,
    Image: inputs.image,
    Cmd: inputs.command,
    Entrypoint: inputs.entrypoints,
    Env: inputs.envs,
    Hostname: inputs.hostname,
    User: inputs.user,
    WorkingDir: inputs.workingDir,
    Labels: labelMap(inputs.labels),
    ExposedPorts: Object.fromEntries((inputs.ports ?? []).map((port) => [portKey(port), {}])),
    Volumes: anonymousVolumes(inputs),
    Healthcheck: healthcheck(inputs),
    StopTimeout: inputs.stopTimeout,
    HostConfig: hostConfig(inputs, primary),
    NetworkingConfig: primary && { EndpointsConfig: { [primary.name]: endpoint(primary) } },
  });
}

/** The settings of one attachment to a network. */
export function endpoint({ aliases }: Attachment): EndpointSettings {
  return compact({ Aliases: aliases });
}

/** The part of the host configuration that `docker update` can change, complete: what is absent has Docker's "unlimited". */
export function limits(inputs: ContainerInputs): HostConfig {
  return compact({
    RestartPolicy: { Name: inputs.restart ?? "no" },
    Memory: megabytes(inputs.memory),
    MemorySwap: megabytes(inputs.memorySwap),
    NanoCpus: inputs.cpus === undefined ? undefined : Math.round(Number(inputs.cpus) * NANO_CPUS),
  });
}

function hostConfig(inputs: ContainerInputs, primary: Attachment | undefined): HostConfig {
  return compact({
    ...limits(inputs),
    NetworkMode: primary?.name ?? inputs.networkMode,
    PortBindings: portBindings(inputs),
    Binds: inputs.volumes?.flatMap(bind),
    Tmpfs: inputs.tmpfs,
    ExtraHosts: inputs.hosts?.map(({ host, ip }) => `${host}:${ip}`),
    GroupAdd: inputs.groupAdds,
    CapAdd: inputs.capabilities?.adds,
    CapDrop: inputs.capabilities?.drops,
    Privileged: inputs.privileged,
    SecurityOpt: inputs.securityOpts,
    ReadonlyRootfs: inputs.readOnly,
    PidMode: inputs.pidMode,
    LogConfig: inputs.logDriver || inputs.logOpts ? { Type: inputs.logDriver ?? "", Config: inputs.logOpts ?? {} } : undefined,
  });
}

function megabytes(amount: number | undefined): number | undefined {
  return amount === undefined || amount === UNLIMITED ? amount : amount * MEBIBYTE;
}

type Port = NonNullable<ContainerInputs["ports"]>[number];

/** Docker's name of a port, e.g. `5432/tcp`. */
export function portKey({ internal, protocol }: Port): string {
  return `${internal}/${protocol ?? "tcp"}`;
}

function portBindings({ ports }: ContainerInputs): Record<string, { HostIp: string; HostPort: string }[]> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports ?? []) {
    (bindings[portKey(port)] ??= []).push({ HostIp: port.ip ?? "", HostPort: port.external === undefined ? "" : String(port.external) });
  }
  return bindings;
}

type Volume = NonNullable<ContainerInputs["volumes"]>[number];

function bind({ hostPath, volumeName, containerPath, readOnly }: Volume): string[] {
  const source = hostPath ?? volumeName;
  return source === undefined ? [] : [`${source}:${containerPath}${readOnly ? ":ro" : ""}`];
}

function anonymousVolumes({ volumes }: ContainerInputs): Record<string, object> {
  return Object.fromEntries(
    (volumes ?? []).filter((volume) => !volume.hostPath && !volume.volumeName).map((volume) => [volume.containerPath, {}]),
  );
}

function healthcheck({ healthcheck }: ContainerInputs): HealthConfig | undefined {
  if (!healthcheck) return undefined;
  const nanoseconds = (text: string | undefined) => (text === undefined ? undefined : parseDuration(text));
  return compact({
    Test: healthcheck.tests,
    Interval: nanoseconds(healthcheck.interval),
    Timeout: nanoseconds(healthcheck.timeout),
    StartPeriod: nanoseconds(healthcheck.startPeriod),
    Retries: healthcheck.retries,
  });
}

/** Without the undefined members, so that Docker fills in its own defaults. */
function compact<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}
