import { readOverview, type InstanceState, type Overview } from "../deployment-record/overview.ts";
import type { LinkState } from "../deployment-record/links.ts";
import { stackDocker } from "../docker-host.ts";
import { readingHandle } from "../environment/reading.ts";
import { listContainers, type Owned } from "../inventory.ts";
import { findPaths } from "../paths.ts";
import { formatElapsed } from "../progress/elapsed.ts";
import { isWriter } from "../recovery/containers.ts";
import { renderTable } from "../table.ts";

/** One line of the table. */
interface Row {
  instance: string;
  service: string;
  state: string;
  /** "healthy", "unhealthy", "starting", or empty when the container has no health check. */
  health: string;
  /** As Docker says it: "5 minutes". */
  uptime: string;
  /** The address under which it is published, if it is. */
  url: string;
}

const SCHEMES: Record<string, string> = { postgres: "postgresql", keycloak: "https", backend: "https", kas: "https" };

/** What a container's status text says: "Up 5 minutes (healthy)". */
export function rowOf(container: Owned): Row {
  const [, uptime = "", health = ""] = /^Up ([^(]*?)(?: \((?:health: )?(\w+)\))?$/.exec(container.status ?? "") ?? [];
  const published = addressOf(container.ports ?? []);
  const scheme = SCHEMES[container.service];
  return {
    instance: container.instance,
    service: container.service,
    state: container.state ?? "",
    health,
    uptime,
    url: published === undefined ? "" : `${scheme === undefined ? "" : `${scheme}://`}${published}`,
  };
}

/** Where people open a service: its first port, on an address that others reach if it has one, else on this host. */
function addressOf(ports: readonly string[]): string | undefined {
  const found = ports.flatMap((port) => {
    const [, ip, external, internal] = /^(.*):(\d+)->(\d+)$/.exec(port) ?? [];
    return ip === undefined ? [] : [{ host: /^(127\.|0\.0\.0\.0$|::)/.test(ip) ? "localhost" : ip, external, internal: Number(internal) }];
  });
  const [first] = found.sort((a, b) => a.internal - b.internal || Number(a.host === "localhost") - Number(b.host === "localhost"));
  return first && `${first.host}:${first.external}`;
}

/** What a stack that was never brought up here has. */
const NOTHING: Overview = { instances: [], links: [], problems: [] };

/**
 * `dive status`: the stack's containers, the last deployment of each instance and the federation links.
 * @param options.instance code of the only instance to show
 * @returns 1 when a container is not running or unhealthy, a deployment did not end well, or an active link is down
 */
export async function status(stack: string, options: { json?: true; instance?: string }): Promise<number> {
  const paths = findPaths();
  const handle = await readingHandle(paths, stack);
  const overview = handle === undefined ? NOTHING : await readOverview(handle, paths);
  const containers = (await listContainers(await stackDocker(paths, stack), { stack, root: paths.root })).filter((container) => !isWriter(container));
  const shown = (code: string) => options.instance === undefined || code === options.instance;
  const rows = containers.map(rowOf).filter(({ instance }) => shown(instance)).sort((a, b) => a.instance.localeCompare(b.instance) || a.service.localeCompare(b.service));
  const deployments = overview.instances.filter(({ instance }) => shown(instance));
  const links = overview.links.filter(({ source, target }) => shown(source) || shown(target));
  const { problems } = overview;
  if (options.json) process.stdout.write(`${JSON.stringify({ containers: rows, deployments, links, problems }, undefined, 2)}\n`);
  else if (rows.length === 0 && deployments.length === 0) process.stdout.write(`Stack ${stack} has no containers here: ./dive up\n`);
  else print(rows, deployments, links, problems);
  return rows.length > 0 && rows.every(({ state, health }) => state === "running" && health !== "unhealthy") && deployments.every(isWell) && links.every(isUp) ? 0 : 1;
}

/** A deployment under way is no failure; one that is unknown is: nobody can say what runs. */
const isWell = ({ state, lease }: InstanceState): boolean => state === "COMPLETE" || lease !== undefined;
const isUp = ({ state, up, verified }: LinkState): boolean => state !== "ACTIVE" || (up !== false && verified !== false);

function print(rows: readonly Row[], deployments: readonly InstanceState[], links: readonly LinkState[], problems: readonly string[]): void {
  const tables = [
    table(["Instance", "Service", "State", "Health", "Uptime", "URL"], rows.map((row) => [row.instance, row.service, row.state, row.health, row.uptime, row.url])),
    table(["Instance", "Deployment", "Started", "Took", "Phases", "Detail"], deployments.map(deploymentCells)),
    table(["Link", "State", "Check", "Sign-in", "Checked", "Error"], links.map(linkCells)),
    ...problems,
  ];
  process.stdout.write(`${tables.filter((text) => text !== "").join("\n\n")}\n`);
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => (rows.length === 0 ? "" : renderTable(head, rows));

/** The cells of one deployment. */
export function deploymentCells(one: InstanceState): string[] {
  const phases = Object.entries(one.phases).map(([state, seconds]) => `${state} ${formatElapsed(seconds * 1000)}`).join(", ");
  const detail = [
    one.failedStep === undefined ? "" : `at ${one.failedStep}: ${one.errorCode}: ${firstLine(one.errorMessage ?? "")}`,
    one.source === "history" ? "typed by hand" : "",
    one.lease === undefined ? "" : `deployed now by ${one.lease.holder}, lease until ${one.lease.until}`,
    one.problem ?? "",
  ];
  return [one.instance, one.state, one.startedAt ?? "", one.seconds === undefined ? "" : formatElapsed(one.seconds * 1000), phases, detail.filter((text) => text !== "").join("; ")];
}

function linkCells({ source, target, state, up, verified, latencyMs, checkedAt, error }: LinkState): string[] {
  const said = (value: boolean | undefined, yes: string, no: string) => (value === undefined ? "never" : value ? yes : no);
  const signIn = `${said(verified, "verified", "failed")}${verified && latencyMs !== undefined ? ` (${Math.round(latencyMs)} ms)` : ""}`;
  return [`${source} -> ${target}`, state, said(up, "up", "down"), signIn, checkedAt ?? "", firstLine(error ?? "")];
}

const firstLine = (text: string): string => text.split("\n")[0] ?? "";
