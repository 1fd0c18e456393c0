/** The only place that makes a container: labels, limits, hardening, health, files and networks in one shape for every service. */
import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import * as docker from "@pulumi/docker";
import type { Placement } from "./endpoints.ts";
import { labelsFor } from "./labels.ts";

/** Where a workload's files appear, read-only, inside its container. */
export const filesPath = "/run/dive";

/** Where files appear that may change while the service runs; apart from the others, so that these are not touched then. */
export const liveFilesPath = "/run/dive-live";

/**
 * How often Docker runs a check inside a container: Docker's own default. Each check is a process that Docker starts in the
 * container, and nothing waits for one: it is for `./dive status` and, where cAdvisor runs, for the alert DIVEContainerUnhealthy.
 */
const HEALTH_INTERVAL = "30s";

/** A file put into the container's {@link filesPath}. */
export interface WorkloadFile {
  readonly content: pulumi.Input<string>;
  /** How `content` is written. Default: `utf8`; `base64` for what is no text. */
  readonly encoding?: "utf8" | "base64";
  /** Octal mode. Default: `0640`, root:root, so only the group 0 that the service runs in reads it. */
  readonly mode?: string;
}

/** A network by its name: of this stack, or one that another stack on this Docker host owns. */
export interface NamedNetwork {
  readonly name: pulumi.Input<string>;
}

/** A published port. */
export interface PublishedPort {
  readonly internal: number;
  readonly external: number;
}

/** A check that Docker runs inside the container. */
export interface WorkloadHealth {
  readonly test: readonly string[];
  /** Seconds before failures count. */
  readonly startPeriodSeconds: number;
}

/** Arguments of {@link Workload}. */
export interface WorkloadArgs {
  readonly site: Placement;
  readonly service: string;
  /** Image id. */
  readonly image: pulumi.Input<string>;
  /** `uid:gid`. The gid must be 0 for the files to be readable. */
  readonly user: string;
  readonly command?: readonly string[];
  /** Environment; never a secret: those are files. */
  readonly environment?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Files by relative path below {@link filesPath}. A change replaces the container. */
  readonly files?: Readonly<Record<string, WorkloadFile>>;
  /** Files by relative path below {@link liveFilesPath}, which the service reads again when they change: nothing is replaced or restarted. */
  readonly liveFiles?: Readonly<Record<string, WorkloadFile>>;
  /** What must be complete before the live files are written. Default: nothing. */
  readonly liveFilesAfter?: pulumi.Resource;
  /** Path of the volume that keeps the service's data. Default: it keeps nothing. */
  readonly dataPath?: string;
  /** Paths of the Docker host by where the container sees them, always read-only: for what measures the host. */
  readonly hostPaths?: Readonly<Record<string, string>>;
  /** Writable paths in memory; the root file system is read-only. Value: mount options, e.g. `size=64m,mode=1777`. */
  readonly tmpfs?: Readonly<Record<string, string>>;
  readonly networks: readonly NamedNetwork[];
  readonly ports?: readonly PublishedPort[];
  /** MiB. The container is killed above it. */
  readonly memoryMib: number;
  readonly health?: WorkloadHealth;
  /** Seconds between SIGTERM and SIGKILL. Default: 10. */
  readonly stopTimeoutSeconds?: number;
}

/** One service of one instance as a container, with its files and its data. */
export class Workload extends pulumi.ComponentResource {
  readonly container: docker.Container;
  /** The volume that owns the data; undefined when the service keeps none. */
  readonly dataVolume: docker.Volume | undefined;
  /** Complete when the live files are there; undefined when there are none. */
  readonly liveFilesWriter: docker.Container | undefined;

  constructor(name: string, args: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    super("dive:index:Workload", name, {}, opts);
    const { site, service } = args;
    const containerName = `${site.instanceName}-${service}`;
    const labels = labelsFor(site, service);
    const volume = (role: string) =>
      new docker.Volume(`${name}-${role}`, { name: `${containerName}-${role}`, labels }, { parent: this, deleteBeforeReplace: true });

    const files = writeFiles(name, containerName, { kind: "files", path: filesPath, files: args.files ?? {} }, args, volume, this);
    const live = writeFiles(name, containerName, { kind: "live-files", path: liveFilesPath, files: args.liveFiles ?? {}, ...(args.liveFilesAfter ? { after: args.liveFilesAfter } : {}) }, args, volume, this);
    this.liveFilesWriter = live?.writer;
    this.dataVolume = args.dataPath ? volume("data") : undefined;
    this.container = new docker.Container(
      `${name}-container`,
      {
        name: containerName,
        image: args.image,
        user: args.user,
        ...(args.command ? { command: [...args.command] } : {}),
        envs: Object.entries(args.environment ?? {})
          .sort(([a], [b]) => a.localeCompare(b))
          .map(([key, value]) => pulumi.interpolate`${key}=${value}`),
        labels: [...(files ? [{ label: "dive.files", value: files.hash }] : []), ...labels],
        networkMode: "bridge",
        networksAdvanced: args.networks.map((network) => ({ name: network.name, aliases: [containerName] })),
        ports: (args.ports ?? []).flatMap((port) => site.bindAddresses.map((ip) => ({ ...port, ip, protocol: "tcp" }))),
        volumes: [
          ...(files ? [{ volumeName: files.volume.name, containerPath: filesPath, readOnly: true }] : []),
          ...(live ? [{ volumeName: live.volume.name, containerPath: liveFilesPath, readOnly: true }] : []),
          ...(this.dataVolume ? [{ volumeName: this.dataVolume.name, containerPath: args.dataPath!, readOnly: false }] : []),
          ...Object.entries(args.hostPaths ?? {}).map(([containerPath, hostPath]) => ({ hostPath, containerPath, readOnly: true })),
        ],
        tmpfs: { ...args.tmpfs },
        readOnly: true,
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges"],
        memory: args.memoryMib,
        memorySwap: args.memoryMib,
        restart: "unless-stopped",
        destroyGraceSeconds: args.stopTimeoutSeconds ?? 10,
        stopTimeout: args.stopTimeoutSeconds ?? 10,
        ...(args.health
          ? { healthcheck: { tests: [...args.health.test], interval: HEALTH_INTERVAL, timeout: "5s", retries: 3, startPeriod: `${args.health.startPeriodSeconds}s` } }
          : {}),
      },
      // Docker cannot change these two in place; the provider says that it did.
      { parent: this, deleteBeforeReplace: true, replaceOnChanges: ["healthcheck", "tmpfs"], dependsOn: [files, live].flatMap((written) => (written ? [written.writer] : [])) },
    );
    this.registerOutputs({ container: this.container });
  }
}

/** What {@link writeFiles} writes, and where to. */
interface FilesToWrite {
  readonly kind: "files" | "live-files";
  readonly path: string;
  readonly files: Readonly<Record<string, WorkloadFile>>;
  readonly after?: pulumi.Resource;
}

/** What {@link writeFiles} made. */
interface WrittenFiles {
  readonly volume: docker.Volume;
  readonly writer: docker.Container;
  /** SHA-256 over all files; not secret, since each secret file holds a generated value of at least 128 bits. */
  readonly hash: pulumi.Output<string>;
}

/**
 * Fills a volume through a container that never starts: a read-only root refuses copied-in files, and files that a container is created
 * with would be in its layer. The writer is replaced when a file changes, and so, by the hash in its labels, is the service.
 */
function writeFiles(name: string, containerName: string, written: FilesToWrite, args: WorkloadArgs, volume: (role: string) => docker.Volume, parent: pulumi.Resource): WrittenFiles | undefined {
  const { kind, path } = written;
  const files = Object.entries(written.files).sort(([a], [b]) => a.localeCompare(b));
  if (files.length === 0) return undefined;
  const filesVolume = volume(kind);
  const writer = new docker.Container(
    `${name}-${kind}-writer`,
    {
      name: `${containerName}-${kind}`,
      image: args.image,
      start: false,
      mustRun: false,
      networkMode: "none",
      labels: labelsFor(args.site, `${args.service}-${kind}`),
      volumes: [{ volumeName: filesVolume.name, containerPath: path, readOnly: false }],
      // Covers the volumes that the image declares: Docker would make nameless ones for them.
      tmpfs: { ...args.tmpfs, ...(args.dataPath ? { [args.dataPath]: "size=1m" } : {}) },
      uploads: files.map(([file, { content, encoding, mode }]) => ({
        file: `${path}/${file}`,
        ...(encoding === "base64" ? { contentBase64: content } : { content }),
        permissions: mode ?? "0640",
      })),
    },
    { parent, deleteBeforeReplace: true, replaceOnChanges: ["tmpfs"], ...(written.after ? { dependsOn: [written.after] } : {}) },
  );
  const hash = pulumi
    .all(files.map(([file, { content, mode }]) => pulumi.all([file, content, mode ?? "0640"])))
    .apply((entries) => createHash("sha256").update(JSON.stringify(entries)).digest("hex"));
  return { volume: filesVolume, writer, hash: pulumi.unsecret(hash) };
}
