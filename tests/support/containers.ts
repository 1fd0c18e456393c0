import { execa } from "execa";
import { docker } from "./docker.ts";
import { ROOT } from "./paths.ts";

/** Name of the container of a service of one instance of a stack of this clone. @throws when there is not exactly one */
export async function containerOf(stack: string, instance: string, service: string): Promise<string> {
  const filters = { label: [`dive.stack=${stack}`, `dive.root=${ROOT}`, `dive.instance=${instance}`, `dive.service=${service}`] };
  const found = (await docker.listContainers({ all: true, filters })).map(({ Names: [name] }) => name!.slice(1)).filter((name) => !name.endsWith("-files"));
  if (found.length !== 1) throw new Error(`stack ${stack}: expected one container of ${service} of ${instance}, found ${found.join(", ") || "none"}`);
  return found[0]!;
}

/** Runs `use` while a container is stopped, and starts it again whatever happens. */
export async function whileStopped(container: string, use: () => Promise<void>): Promise<void> {
  await docker.getContainer(container).stop();
  try {
    await use();
  } finally {
    await docker.getContainer(container).start();
  }
}

/**
 * Runs a module in the container of a Node service, with its packages, its certificates and its way to the other parts, and answers what it
 * printed as JSON. `secret(name)` is there to read `<NAME>` or `<NAME>_FILE`.
 *
 * @throws when it ends with an error
 */
export async function runInService<T>(container: string, module: string): Promise<T> {
  const prelude = 'import { readFileSync } from "node:fs";\nconst secret = (name) => process.env[name] ?? readFileSync(process.env[`${name}_FILE`], "utf8");\n';
  const { stdout } = await execa("docker", ["exec", "--interactive", container, "node", "--input-type=module", "-"], { input: prelude + module });
  return JSON.parse(stdout) as T;
}
