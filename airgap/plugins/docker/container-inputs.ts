import type { Property, PropertyType, ResourceType } from "../server/resource-type.ts";
import type { ContainerInputs } from "./types.ts";

const strings: PropertyType = { array: "string" };
const replaced = (type: PropertyType): Property => ({ type, replaces: true });
/** What Docker or the image chooses when the program does not. */
const chosen = (property: Property): Property => ({ ...property, computed: true });
/** A list whose order Docker ignores. */
const set = (type: PropertyType): Property => ({ type: { array: type }, replaces: true, unordered: true });
const map: PropertyType = { map: "string" };

/**
 * The container properties this plugin supports. As the official schema says, limits, the restart policy and what concerns running and
 * removing change in place and the rest replaces. It also calls `healthcheck` and `tmpfs` updatable, which Docker is not: see {@link fixed}.
 */
export const containerInputs: ResourceType<unknown, ContainerInputs>["inputs"] = {
  name: replaced("string"),
  image: { type: "string", required: true, replaces: true },
  command: chosen(replaced(strings)),
  entrypoints: chosen(replaced(strings)),
  envs: chosen(set("string")),
  hostname: chosen(replaced("string")),
  user: replaced("string"),
  groupAdds: set("string"),
  workingDir: replaced("string"),
  labels: chosen(set({ object: { label: { type: "string", required: true }, value: { type: "string", required: true } } })),
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
    },
  }),
  networkMode: replaced("string"),
  hosts: set({ object: { host: { type: "string", required: true }, ip: { type: "string", required: true } } }),
  volumes: set({
    object: {
      containerPath: { type: "string", required: true },
      volumeName: { type: "string" },
      hostPath: { type: "string" },
      readOnly: { type: "boolean" },
    },
  }),
  tmpfs: { type: map },
  uploads: {
    ...set({
      object: {
        file: { type: "string", required: true },
        content: { type: "string" },
        contentBase64: { type: "string" },
        permissions: { type: "string" },
      },
    }),
    writeOnly: true,
  },
  healthcheck: {
    type: {
      object: {
        tests: { type: strings, required: true },
        interval: { type: "string" },
        timeout: { type: "string" },
        startPeriod: { type: "string" },
        retries: { type: "number" },
      },
    },
    computed: true,
  },
  restart: { type: "string", default: "no", oneOf: ["no", "on-failure", "always", "unless-stopped"] },
  start: { type: "boolean", default: true, writeOnly: true },
  mustRun: { type: "boolean", default: true },
  wait: { type: "boolean", default: false, writeOnly: true },
  waitTimeout: { type: "number", default: 60, writeOnly: true },
  destroyGraceSeconds: { type: "number", writeOnly: true },
  removeVolumes: { type: "boolean", default: true, writeOnly: true },
  stopTimeout: chosen(replaced("number")),
  memory: { type: "number" },
  memorySwap: { type: "number" },
  cpus: { type: "string" },
  capabilities: replaced({ object: { adds: { type: strings, unordered: true }, drops: { type: strings, unordered: true } } }),
  privileged: replaced("boolean"),
  securityOpts: chosen(set("string")),
  readOnly: { type: "boolean", default: false, replaces: true },
  pidMode: replaced("string"),
  logDriver: chosen(replaced("string")),
  logOpts: replaced(map),
};

/** Properties that `docker update` changes on a running container. */
export const updatable = ["restart", "memory", "memorySwap", "cpus"] as const;

/** Properties that the official plugin updates without effect. Here the update is refused, with the way out: `replaceOnChanges`. */
export const fixed = ["healthcheck", "tmpfs"] as const;
