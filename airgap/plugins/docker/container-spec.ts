import type { ContainerCreateOptions, EndpointSettings, HealthConfig, HostConfig, MountSettings } from "dockerode";
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
    Domainname: inputs.domainname,
    User: inputs.user,
    WorkingDir: inputs.workingDir,
    Labels: labelMap(inputs.labels),
    ExposedPorts: Object.fromEntries((inputs.ports ?? []).map((port) => [portKey(port), {}])),
    Volumes: anonymousVolumes(inputs),
    Healthcheck: healthcheck(inputs),
    StopSignal: inputs.stopSignal,
    StopTimeout: inputs.stopTimeout,
    Tty: inputs.tty,
    OpenStdin: inputs.stdinOpen,
    HostConfig: hostConfig(inputs, primary),
    NetworkingConfig: primary && { EndpointsConfig: { [primary.name]: endpoint(primary) } },
  });
}

/** The settings of one attachment to a network. */
export function endpoint({ aliases, ipv4Address, ipv6Address }: Attachment): EndpointSettings {
  const addresses = compact({ IPv4Address: ipv4Address, IPv6Address: ipv6Address });
  return compact({ Aliases: aliases, IPAMConfig: Object.keys(addresses).length > 0 ? addresses : undefined });
}

/** The part of the host configuration that `docker update` can change, complete: what is absent has Docker's "unlimited". */
export function limits(inputs: ContainerInputs): HostConfig {
  return compact({
    RestartPolicy: { Name: inputs.restart ?? "no", MaximumRetryCount: inputs.maxRetryCount ?? 0 },
    Memory: megabytes(inputs.memory),
    MemorySwap: megabytes(inputs.memorySwap),
    MemoryReservation: megabytes(inputs.memoryReservation),
    NanoCpus: inputs.cpus === undefined ? undefined : Math.round(Number(inputs.cpus) * NANO_CPUS),
    CpuShares: inputs.cpuShares,
    CpusetCpus: inputs.cpuSet,
  });
}

function hostConfig(inputs: ContainerInputs, primary: Attachment | undefined): HostConfig {
  return compact({
    ...limits(inputs),
    NetworkMode: primary?.name ?? inputs.networkMode,
    PortBindings: portBindings(inputs),
    Binds: inputs.volumes?.flatMap(bind),
    Mounts: inputs.mounts?.map(mount),
    Tmpfs: inputs.tmpfs,
    ExtraHosts: inputs.hosts?.map(({ host, ip }) => `${host}:${ip}`),
    Dns: inputs.dns,
    DnsOptions: inputs.dnsOpts,
    DnsSearch: inputs.dnsSearches,
    GroupAdd: inputs.groupAdds,
    ShmSize: megabytes(inputs.shmSize),
    Ulimits: inputs.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    CapAdd: inputs.capabilities?.adds,
    CapDrop: inputs.capabilities?.drops,
    Privileged: inputs.privileged,
    SecurityOpt: inputs.securityOpts,
    Sysctls: inputs.sysctls,
    ReadonlyRootfs: inputs.readOnly,
    Init: inputs.init,
    PidMode: inputs.pidMode,
    IpcMode: inputs.ipcMode,
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

type Mount = NonNullable<ContainerInputs["mounts"]>[number];

function mount({ type, target, source, readOnly, bindOptions, volumeOptions, tmpfsOptions }: Mount): MountSettings {
  const settings = compact({
    Type: type,
    Target: target,
    Source: source,
    ReadOnly: readOnly,
    BindOptions: bindOptions && compact({ Propagation: bindOptions.propagation }),
    VolumeOptions: volumeOptions && compact({ NoCopy: volumeOptions.noCopy }),
    TmpfsOptions: tmpfsOptions && compact({ SizeBytes: tmpfsOptions.sizeBytes, Mode: tmpfsOptions.mode }),
  });
  // dockerode's type demands fields that the API has as optional.
  return settings as MountSettings;
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
