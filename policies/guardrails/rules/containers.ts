import { LOOPBACK, type Props, type Rule, when } from "../rule.ts";

const CONTAINER = "docker:index/container:Container";
const LABELS = ["dive.instance", "dive.root", "dive.service", "dive.stack"];

/** A writer fills a volume through `uploads` and never runs: it needs a writable root, and no process ever uses it. */
const isWriter = (props: Props): boolean => props["start"] === false && props["mustRun"] === false;

/** Without its labels an object cannot be found, nor told from another clone's. */
export const labels: Rule = {
  name: "labels",
  description: "Every container, network and volume says which clone, stack, instance and service it belongs to.",
  types: [CONTAINER, "docker:index/network:Network", "docker:index/volume:Volume"],
  violations(props) {
    const given = ((props["labels"] ?? []) as { label: string }[]).map(({ label }) => label);
    return LABELS.filter((label) => !given.includes(label)).map((label) => `has no label ${label}`);
  },
};

/** What every running container gives up. */
export const confinement: Rule = {
  name: "confinement",
  description: "A container that runs has a read-only root, no capability, no way to gain privileges, a user that is not root, and the host's namespaces to itself.",
  types: [CONTAINER],
  settings: { containerExporter: { type: "string", default: "false" } },
  violations(props, { containerExporter }) {
    const exempt = containerExporter === "true" && isContainerExporter(props);
    const always = when(
      [props["privileged"] === true, "is privileged"],
      [props["pidMode"] === "host", "shares the host's processes"],
      [props["ipcMode"] === "host", "shares the host's memory"],
      [props["networkMode"] === "host", "shares the host's network"],
      [(props["devices"] ?? []).length > 0, "gets devices of the host"],
      [mountsSocket(props) && !exempt, "mounts Docker's socket, which is root on the host"],
    );
    if (isWriter(props)) return [...always, ...when([props["networkMode"] !== "none", 'is never started and must have networkMode "none"'])];
    const { adds = [], drops = [] } = (props["capabilities"] ?? {}) as { adds?: string[]; drops?: string[] };
    const user = String(props["user"] ?? "").split(":")[0];
    return [
      ...always,
      ...when(
        [props["readOnly"] !== true, "must have readOnly: true"],
        [!drops.includes("ALL"), 'must have capabilities.drops ["ALL"]'],
        [adds.length > 0, `must not add capabilities; adds: ${adds.join(", ")}`],
        [!((props["securityOpts"] ?? []) as string[]).some((option) => /^no-new-privileges(:true)?$/.test(option)), 'must have securityOpts "no-new-privileges"'],
        [(user === "" || user === "0" || user === "root") && !exempt, "must run as a user other than root"],
      ),
    ];
  },
};

/** One service must not take the machine's memory from the others. */
export const memoryLimit: Rule = {
  name: "memory-limit",
  description: "A container that runs has a limit of memory, and swap does not lift it.",
  types: [CONTAINER],
  violations(props) {
    if (isWriter(props)) return [];
    const { memory = 0, memorySwap } = props as { memory?: number; memorySwap?: number };
    return when([!(memory > 0), "has no memory limit"], [memory > 0 && memorySwap !== memory, `must have memorySwap equal to memory (${memory} MiB), or it may swap as much again`]);
  },
};

/** The stack's services are for this host, unless the configuration opens them. */
export const publishedPorts: Rule = {
  name: "published-ports",
  description: "Ports are published on the stack's bindAddress and its advertiseAddress alone, by default the loopback address.",
  types: [CONTAINER],
  settings: { bindAddress: { type: "string", default: LOOPBACK }, advertiseAddress: { type: "string", default: "" } },
  violations(props, { bindAddress, advertiseAddress }) {
    const ports = (props["ports"] ?? []) as { internal: number; ip?: string }[];
    return [
      ...ports.filter(({ ip }) => ip !== bindAddress && (!ip || ip !== advertiseAddress)).map(({ internal, ip }) => `publishes port ${internal} on ${ip ?? "every address"}; bindAddress is ${bindAddress}`),
      ...when([props["publishAllPorts"] === true, "publishes every port of its image"]),
    ];
  },
};

/** cAdvisor, alone with what it measures: nobody reaches it from outside, and it writes nowhere. Docker's files are root's alone. */
function isContainerExporter(props: Props): boolean {
  const service = ((props["labels"] ?? []) as { label: string; value: string }[]).find(({ label }) => label === "dive.service")?.value;
  const volumes = (props["volumes"] ?? []) as { readOnly?: boolean }[];
  return service === "cadvisor" && (props["ports"] ?? []).length === 0 && (props["networksAdvanced"] ?? []).length === 1 && volumes.every(({ readOnly }) => readOnly === true);
}

function mountsSocket(props: Props): boolean {
  const volumes = (props["volumes"] ?? []) as { hostPath?: string }[];
  const mounts = (props["mounts"] ?? []) as { source?: string }[];
  return [...volumes.map(({ hostPath }) => hostPath), ...mounts.map(({ source }) => source)].some((path) => path?.endsWith("docker.sock") === true);
}
