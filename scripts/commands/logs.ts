import { clientOf, dockerHostOf } from "../docker-host.ts";
import { DiveError, EXIT } from "../errors.ts";
import { listContainers } from "../inventory.ts";
import { findPaths } from "../paths.ts";
import { isWriter } from "../recovery/containers.ts";
import { execa } from "execa";

/**
 * `dive logs <instance> [service]`: hands over to `docker logs --follow`; without a service all of the instance's, each line with its service.
 * @returns its exit code
 */
export async function logs(stack: string, instance: string, service: string | undefined, options: { tail: string }): Promise<number> {
  const paths = findPaths();
  const host = await dockerHostOf(paths, stack);
  const all = (await listContainers(await clientOf(host), { stack, root: paths.root })).filter((container) => !isWriter(container));
  const found = all.filter((one) => one.instance.toLowerCase() === instance.toLowerCase() && (service === undefined || one.service === service.toLowerCase()));
  if (found.length === 0) {
    const known = all.map((one) => `${one.instance.toLowerCase()} ${one.service}`).sort();
    throw new DiveError(`Stack ${stack} has no service "${service ?? "of any name"}" of instance "${instance}". There is: ${known.join(", ") || "nothing yet (./dive up)"}.`, EXIT.usage);
  }
  const ignore = () => undefined; // Ctrl-C ends docker logs, and then us
  process.on("SIGINT", ignore);
  const codes = await Promise.all(found.map((one) => follow(host, one.id, service === undefined ? one.service : undefined, options.tail)));
  process.off("SIGINT", ignore);
  return codes.find((code) => code !== EXIT.ok) ?? EXIT.ok;
}

async function follow(host: string | undefined, id: string, prefix: string | undefined, tail: string): Promise<number> {
  const args = [...(host === undefined ? [] : ["--host", host]), "logs", "--follow", "--tail", tail, id];
  if (prefix === undefined) return (await execa("docker", args, { stdio: "inherit", reject: false })).exitCode ?? EXIT.ok;
  const child = execa("docker", args, { stdin: "ignore", buffer: false, reject: false, all: true });
  for await (const line of child.iterable({ from: "all" })) process.stdout.write(`${prefix} | ${String(line)}\n`);
  return (await child).exitCode ?? EXIT.ok;
}
