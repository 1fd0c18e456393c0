import type { ContainerInspectInfo, HealthConfig, ImageInspectInfo } from "dockerode";
import { containerInputs } from "./container-inputs.ts";
import { portKey } from "./container-spec.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import { labelList } from "./labels.ts";
import { readBack } from "./read-back.ts";
import type { ContainerInputs, ContainerOutputs } from "./types.ts";

const MEBIBYTE = 1024 * 1024;
const NANO_CPUS = 1e9;
/** What the daemon fills in by itself. */
const DEFAULT_LOG_DRIVER = "json-file";
/** Networks that every daemon has; a container is on them through `networkMode`. */
const PREDEFINED_NETWORKS = ["bridge", "host", "none", "default"];

/** What `docker inspect` answers and dockerode's type leaves out. */
type Inspected = ContainerInspectInfo & { readonly Config: { readonly StopTimeout?: number } };

/**
 * The inputs that would make this container, see {@link readBack}. `image` is needed for an import only, to tell what the program
 * set from what the image brought along.
 */
export function readContainer(inspected: ContainerInspectInfo, prior: Partial<ContainerOutputs>, image?: ImageInspectInfo): Partial<ContainerInputs> {
  const found = { ...process(inspected, prior, image), ...host(inspected, prior), ...networks(inspected, prior) };
  const before = { ...prior, ports: givenPorts(inspected, prior) };
  return readBack({ properties: containerInputs, normalise }, found, before) as Partial<ContainerInputs>;
}

/** What runs: the part that can also come from the image. */
function process(inspected: Inspected, prior: Partial<ContainerOutputs>, image: ImageInspectInfo | undefined): Partial<ContainerInputs> {
  const { Config: config, State: state } = inspected;
  const from = image?.Config;
  const own = <T>(value: T, imageValue: unknown): T | undefined => (image && JSON.stringify(value) === JSON.stringify(imageValue) ? undefined : value);
  const stopped = prior.start !== false && prior.mustRun !== false && !state.Running;
  return {
    name: inspected.Name.replace(/^\//, ""),
    image: config.Image,
    // As officially: a stopped container shows as `mustRun: false`, and the update back starts it.
    mustRun: stopped ? false : (prior.mustRun ?? true),
    command: own(config.Cmd, from?.Cmd) ?? undefined,
    entrypoints: own(config.Entrypoint, from?.Entrypoint) as string[] | undefined,
    user: own(config.User, from?.User),
    workingDir: own(config.WorkingDir, from?.WorkingDir),
    envs: ownEntries(config.Env ?? [], prior.envs, from?.Env ?? [], (entry) => entry.split("=", 1)[0] ?? ""),
    labels: ownEntries(labelList(config.Labels), prior.labels, labelList(from?.Labels), ({ label }) => label),
    healthcheck: healthcheck(own(config.Healthcheck, from?.Healthcheck), prior.healthcheck),
    hostname: inspected.Id.startsWith(config.Hostname) && prior.hostname === undefined ? undefined : config.Hostname,
    stopTimeout: config.StopTimeout,
  };
}

/**
 * Docker merges the image's entries into the container's, and neither changes in a container's life: with a prior state those
 * are the program's whose key it named; without one, those that the image does not have.
 */
function ownEntries<T>(entries: readonly T[], prior: readonly T[] | undefined, image: readonly T[], key: (entry: T) => string): T[] {
  if (prior) {
    const names = new Set(prior.map(key));
    return entries.filter((entry) => names.has(key(entry)));
  }
  const inherited = new Set(image.map((entry) => JSON.stringify(entry)));
  return entries.filter((entry) => !inherited.has(JSON.stringify(entry)));
}

function healthcheck(health: HealthConfig | undefined, prior: ContainerInputs["healthcheck"]): ContainerInputs["healthcheck"] {
  if (!health?.Test?.length) return undefined;
  const duration = (nanoseconds: number | undefined) => (nanoseconds ? formatDuration(nanoseconds) : undefined);
  const all = {
    tests: health.Test,
    interval: duration(health.Interval),
    timeout: duration(health.Timeout),
    startPeriod: duration(health.StartPeriod),
    retries: health.Retries || undefined,
  };
  // Fields left open are filled from the image's own health check.
  return Object.fromEntries(Object.entries(all).filter(([field]) => !prior || field in prior));
}

/** How it runs: the host configuration, which is as it was given. */
function host({ HostConfig: host, Config: config }: ContainerInspectInfo, prior: Partial<ContainerOutputs>): Partial<ContainerInputs> {
  return {
    restart: host.RestartPolicy?.Name || "no",
    memory: megabytes(host.Memory),
    // Docker's own choice beside a memory limit.
    memorySwap: host.MemorySwap === 2 * (host.Memory ?? 0) && !prior.memorySwap ? undefined : megabytes(host.MemorySwap),
    cpus: host.NanoCpus ? String(host.NanoCpus / NANO_CPUS) : undefined,
    volumes: volumes(host.Binds ?? [], Object.keys(config.Volumes ?? {}), prior),
    tmpfs: host.Tmpfs,
    hosts: ((host.ExtraHosts ?? []) as string[]).map((entry) => {
      const colon = entry.indexOf(":");
      return { host: entry.slice(0, colon), ip: entry.slice(colon + 1) };
    }),
    groupAdds: host.GroupAdd,
    capabilities: { adds: host.CapAdd ?? [], drops: host.CapDrop ?? [] },
    privileged: host.Privileged,
    securityOpts: host.SecurityOpt ?? [],
    readOnly: host.ReadonlyRootfs,
    pidMode: host.PidMode,
    logDriver: host.LogConfig?.Type === DEFAULT_LOG_DRIVER && !prior.logDriver ? undefined : host.LogConfig?.Type,
    logOpts: host.LogConfig?.Config,
  };
}

function megabytes(bytes: number | undefined): number | undefined {
  if (!bytes) return undefined;
  return bytes < 0 ? -1 : bytes / MEBIBYTE;
}

function volumes(binds: readonly string[], anonymous: readonly string[], prior: Partial<ContainerOutputs>): ContainerInputs["volumes"] {
  // The image's own volumes are in the list too, also those that the program mounts something else on.
  const given = new Set((prior.volumes ?? []).filter(({ hostPath, volumeName }) => !hostPath && !volumeName).map(({ containerPath }) => containerPath));
  return [
    ...binds.map((entry) => {
      const [source = "", containerPath = "", options = ""] = entry.split(":");
      const place = source.startsWith("/") ? { hostPath: source } : { volumeName: source };
      return { ...place, containerPath, ...(options.split(",").includes("ro") ? { readOnly: true } : {}) };
    }),
    ...anonymous.filter((path) => given.has(path)).map((containerPath) => ({ containerPath })),
  ];
}

function networks(inspected: ContainerInspectInfo, prior: Partial<ContainerOutputs>): Partial<ContainerInputs> {
  const mode = inspected.HostConfig.NetworkMode;
  const given = prior.networksAdvanced ?? [];
  const networksAdvanced = Object.entries(inspected.NetworkSettings.Networks ?? {}).flatMap(([name, settings]) => {
    // A program may name a network by its id.
    const own = given.find((attachment) => attachment.name === name || attachment.name === settings.NetworkID);
    if (!own && PREDEFINED_NETWORKS.includes(name)) return [];
    const aliases = ((settings.Aliases ?? []) as string[]).filter((alias) => own?.aliases?.includes(alias) || !isDockersOwn(alias, inspected));
    return [{
      name: own?.name ?? name,
      aliases,
    }];
  });
  return {
    networksAdvanced,
    // With own networks the first of them is the mode; what the program says beside them has no effect.
    networkMode: networksAdvanced.length > 0 || (mode === "default" && !prior.networkMode) ? prior.networkMode : mode,
    ports: ports(inspected),
  };
}

/** Docker adds the short id and the host name to the aliases by itself. */
function isDockersOwn(alias: string, { Id, Config }: ContainerInspectInfo): boolean {
  return alias === Config.Hostname || (alias.length === 12 && Id.startsWith(alias));
}

type Port = NonNullable<ContainerInputs["ports"]>[number];
type Binding = { HostIp: string; HostPort: string };

function bindings(inspected: ContainerInspectInfo): Record<string, Binding[]> {
  return (inspected.HostConfig.PortBindings ?? {}) as Record<string, Binding[]>;
}

function ports(inspected: ContainerInspectInfo): Port[] {
  return Object.entries(bindings(inspected)).flatMap(([key, places]) => {
    const [internal, protocol] = key.split("/");
    return places.map(({ HostIp, HostPort }) => ({
      internal: Number(internal),
      ...(HostPort ? { external: Number(HostPort) } : {}),
      ...(HostIp ? { ip: HostIp } : {}),
      ...(protocol === "tcp" ? {} : { protocol }),
    }));
  });
}

/** The state's ports as the program gave them: without the number that Docker chose where it gave none. */
function givenPorts(inspected: ContainerInspectInfo, prior: Partial<ContainerOutputs>): ContainerInputs["ports"] {
  return prior.ports?.map((port) => {
    const chosen = bindings(inspected)[portKey(port)]?.some(({ HostIp, HostPort }) => HostPort === "" && HostIp === (port.ip ?? ""));
    if (!chosen) return port;
    const { external, ...given } = port;
    return given;
  });
}

function normalise(name: string, value: unknown): unknown {
  if (value === undefined || value === null) return value;
  switch (name) {
    case "cpus":
      return Number(value);
    case "networkMode":
      // Older daemons answer "default" where newer ones say "bridge".
      return value === "default" ? "bridge" : value;
    case "ports":
      return (value as Port[]).map((port) => ({ ...port, protocol: port.protocol ?? "tcp" }));
    case "capabilities": {
      const { adds, drops } = value as NonNullable<ContainerInputs["capabilities"]>;
      const plain = (names: readonly string[] | undefined) => (names ?? []).map((capability) => capability.toUpperCase().replace(/^CAP_/, ""));
      return { adds: plain(adds), drops: plain(drops) };
    }
    case "healthcheck": {
      const { interval, timeout, startPeriod, retries, ...tests } = value as NonNullable<ContainerInputs["healthcheck"]>;
      const nanoseconds = [interval, timeout, startPeriod].map((text) => (text === undefined ? 0 : parseDuration(text)));
      return { ...tests, interval: nanoseconds[0] || undefined, timeout: nanoseconds[1] || undefined, startPeriod: nanoseconds[2] || undefined, retries: retries || undefined };
    }
    default:
      return value;
  }
}
