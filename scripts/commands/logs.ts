import { dockerClient } from "../docker.ts";
import { DiveError, EXIT } from "../errors.ts";
import { listContainers } from "../inventory.ts";
import { findPaths } from "../paths.ts";
import { isWriter } from "../recovery/containers.ts";
import { execa } from "execa";

/** `dive logs <instance> <service>`: hands over to `docker logs --follow`. @returns its exit code */
export async function logs(stack: string, instance: string, service: string, options: { tail: string }): Promise<number> {
  const all = (await listContainers(dockerClient(), { stack, root: findPaths().root })).filter((container) => !isWriter(container));
  const found = all.find((one) => one.instance.toLowerCase() === instance.toLowerCase() && one.service === service.toLowerCase());
  if (found === undefined) {
    const known = all.map((one) => `${one.instance.toLowerCase()} ${one.service}`).sort();
    throw new DiveError(`Stack ${stack} has no service "${service}" of instance "${instance}". There is: ${known.join(", ") || "nothing yet (./dive up)"}.`, EXIT.usage);
  }
  const ignore = () => undefined; // Ctrl-C ends docker logs, and then us
  process.on("SIGINT", ignore);
  const result = await execa("docker", ["logs", "--follow", "--tail", options.tail, found.id], { stdio: "inherit", reject: false });
  process.off("SIGINT", ignore);
  return result.exitCode ?? EXIT.ok;
}
