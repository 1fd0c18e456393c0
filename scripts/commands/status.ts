import { dockerClient } from "../docker.ts";
import { listContainers, type Owned } from "../inventory.ts";
import { findPaths } from "../paths.ts";
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
  /** The address on this host, if it is published. */
  url: string;
}

const SCHEMES: Record<string, string> = { postgres: "postgresql", keycloak: "https", backend: "https", kas: "https" };

/** What a container's status text says: "Up 5 minutes (healthy)". */
export function rowOf(container: Owned): Row {
  const [, uptime = "", health = ""] = /^Up ([^(]*?)(?: \((?:health: )?(\w+)\))?$/.exec(container.status ?? "") ?? [];
  const published = container.ports?.map((port) => /:(\d+)->/.exec(port)?.[1]).find((port) => port !== undefined);
  const scheme = SCHEMES[container.service];
  return {
    instance: container.instance,
    service: container.service,
    state: container.state ?? "",
    health,
    uptime,
    url: published === undefined ? "" : `${scheme === undefined ? "" : `${scheme}://`}localhost:${published}`,
  };
}

/** `dive status`: the stack's containers, from Docker alone. @returns 1 when one is not running or unhealthy */
export async function status(stack: string, options: { json?: true }): Promise<number> {
  const containers = (await listContainers(dockerClient(), { stack, root: findPaths().root })).filter((container) => !isWriter(container));
  const rows = containers.map(rowOf).sort((a, b) => a.instance.localeCompare(b.instance) || a.service.localeCompare(b.service));
  if (options.json) process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
  else if (rows.length === 0) process.stdout.write(`Stack ${stack} has no containers here: ./dive up\n`);
  else {
    const cells = rows.map((row) => [row.instance, row.service, row.state, row.health, row.uptime, row.url]);
    process.stdout.write(`${renderTable(["Instance", "Service", "State", "Health", "Uptime", "URL"], cells)}\n`);
  }
  return rows.length > 0 && rows.every(({ state, health }) => state === "running" && health !== "unhealthy") ? 0 : 1;
}
