import { execa } from "execa";

/**
 * Runs a command in a container of one of the deployment's images, without a network, and removes it.
 * @param name part of DIVE_IMAGES, which `./dive test service` sets
 * @param mounts folders of this machine by where they appear, read-only
 */
export async function inImage(name: string, command: readonly string[], mounts: Readonly<Record<string, string>> = {}): Promise<{ exitCode: number; output: string }> {
  const volumes = Object.entries(mounts).flatMap(([target, source]) => ["--volume", `${source}:${target}:ro`]);
  const [entrypoint = "", ...args] = command;
  const { exitCode, all } = await execa("docker", ["run", "--rm", "--network=none", ...volumes, `--entrypoint=${entrypoint}`, imageOf(name), ...args], { reject: false, all: true });
  return { exitCode: exitCode ?? -1, output: all };
}

/** The reference of an image. @throws when the tests were not started by `./dive test service` */
export function imageOf(name: string): string {
  const image = (JSON.parse(process.env["DIVE_IMAGES"] ?? "{}") as Record<string, string | undefined>)[name];
  if (image === undefined) throw new Error(`DIVE_IMAGES names no ${name} image: run the tests by ./dive test service`);
  return image;
}
