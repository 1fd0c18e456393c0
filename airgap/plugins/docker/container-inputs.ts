import type { Property, PropertyType, ResourceType } from "../server/resource-type.ts";
import type { ContainerInputs } from "./types.ts";

const strings: PropertyType = { array: "string" };
const replaced = (type: PropertyType): Property => ({ type, replaces: true });
/** A list whose order Docker ignores. */
const set = (type: PropertyType): Property => ({ type: { array: type }, replaces: true, unordered: true });
const map: PropertyType = { map: "string" };

/**
 * The container properties this plugin supports. As with the official plugin, limits and the restart policy change in place
 * and nearly everything else replaces. A changed `healthcheck` replaces too: Docker cannot change it in place.
 */
export const containerInputs: ResourceType<unknown, ContainerInputs>["inputs"] = {
  name: replaced("string"),
  image: { type: "string", required: true, replaces: true },
  command: replaced(strings),
  entrypoints: replaced(strings),
  envs: set("string"),
  hostname: replaced("string"),
  domainname: replaced("string"),
  user: replaced("string"),
  groupAdds: set("string"),
  workingDir: replaced("string"),
  labels: set({ object: { label: { type: "string", required: true }, value: { type: "string", required: true } } }),
  ports: set({
    object: {
      internal: { type: "number", required: true },
      external: { type: "number" },
      ip: { type: "string" },
      protocol: { type: "string", oneOf: ["tcp", "udp", "sctp"] },
    },
  }),
  networksAdvanced: set({
    object: {
      name: { type: "string", required: true },
      aliases: { type: strings, unordered: true },
      ipv4Address: { type: "string" },
      ipv6Address: { type: "string" },
    },
  }),
  networkMode: replaced("string"),
  hosts: set({ object: { host: { type: "string", required: true }, ip: { type: "string", required: true } } }),
  dns: replaced(strings),
  dnsOpts: replaced(strings),
  dnsSearches: replaced(strings),
  volumes: set({
    object: {
      containerPath: { type: "string", required: true },
      volumeName: { type: "string" },
      hostPath: { type: "string" },
      readOnly: { type: "boolean" },
    },
  }),
  mounts: set({
    object: {
      type: { type: "string", required: true, oneOf: ["bind", "volume", "tmpfs"] },
      target: { type: "string", required: true },
      source: { type: "string" },
      readOnly: { type: "boolean" },
      bindOptions: { type: { object: { propagation: { type: "string" } } } },
      volumeOptions: { type: { object: { noCopy: { type: "boolean" } } } },
      tmpfsOptions: { type: { object: { mode: { type: "number" }, sizeBytes: { type: "number" } } } },
    },
  }),
  tmpfs: replaced(map),
  uploads: {
    ...set({
      object: {
        file: { type: "string", required: true },
        content: { type: "string" },
        contentBase64: { type: "string" },
        executable: { type: "boolean" },
        permissions: { type: "string" },
      },
    }),
    writeOnly: true,
  },
  healthcheck: replaced({
    object: {
      tests: { type: strings, required: true },
      interval: { type: "string" },
      timeout: { type: "string" },
      startPeriod: { type: "string" },
      retries: { type: "number" },
    },
  }),
  restart: { type: "string", default: "no", oneOf: ["no", "on-failure", "always", "unless-stopped"] },
  maxRetryCount: { type: "number" },
  start: { type: "boolean", default: true },
  mustRun: { type: "boolean", default: true, writeOnly: true },
  wait: { type: "boolean", default: false, writeOnly: true },
  waitTimeout: { type: "number", default: 60, writeOnly: true },
  destroyGraceSeconds: { type: "number", writeOnly: true },
  removeVolumes: { type: "boolean", default: true, writeOnly: true },
  stopSignal: replaced("string"),
  stopTimeout: replaced("number"),
  memory: { type: "number" },
  memorySwap: { type: "number" },
  memoryReservation: { type: "number" },
  cpus: { type: "string" },
  cpuShares: { type: "number" },
  cpuSet: { type: "string" },
  shmSize: replaced("number"),
  ulimits: set({
    object: {
      name: { type: "string", required: true },
      soft: { type: "number", required: true },
      hard: { type: "number", required: true },
    },
  }),
  capabilities: replaced({ object: { adds: { type: strings, unordered: true }, drops: { type: strings, unordered: true } } }),
  privileged: replaced("boolean"),
  securityOpts: set("string"),
  sysctls: replaced(map),
  readOnly: { type: "boolean", default: false, replaces: true },
  init: replaced("boolean"),
  pidMode: replaced("string"),
  ipcMode: replaced("string"),
  logDriver: replaced("string"),
  logOpts: replaced(map),
  tty: replaced("boolean"),
  stdinOpen: replaced("boolean"),
};

/** Properties that `docker update` changes on a running container. */
export const updatable = ["restart", "maxRetryCount", "memory", "memorySwap", "memoryReservation", "cpus", "cpuShares", "cpuSet"] as const;
