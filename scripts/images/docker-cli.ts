import { execa } from "execa";
import { dockerClient } from "../docker.ts";

/**
 * The docker command, for what images need. The legacy builder does the builds: BuildKit needs a
 * plugin that Debian's package lacks.
 */
const ENVIRONMENT = { DOCKER_BUILDKIT: "0", DOCKER_CLI_HINTS: "false" };

/** Runs a docker command. @returns its stdout @throws execa's error, with stderr, when it fails */
export async function docker(args: readonly string[], options: { env?: Record<string, string>; input?: string } = {}): Promise<string> {
  const { stdout } = await execa("docker", args, {
    env: { ...ENVIRONMENT, ...options.env },
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  return stdout;
}

/** Runs a docker command and shows its lines while it runs. */
export async function dockerShowing(args: readonly string[], update: (line: string) => void): Promise<void> {
  const child = execa("docker", args, { env: ENVIRONMENT, all: true });
  for await (const line of child.iterable({ from: "all" })) {
    const text = String(line).trim();
    if (text !== "") update(text);
  }
  await child;
}

/** The references of all images of this Docker host: `repository:tag` and `repository@digest`. */
export async function localReferences(): Promise<Set<string>> {
  // By the API and not by the command, since each `up` asks: no process is started for it.
  const images = await (await dockerClient()).listImages();
  return new Set(images.flatMap(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])]));
}

/** Builds a folder's Dockerfile into a tag. @param base value of the build argument BASE @param target default: the last stage */
export function build(tag: string, folder: string, base: string, update: (line: string) => void, target?: string): Promise<void> {
  return dockerShowing(["build", "--force-rm", "--build-arg", `BASE=${base}`, ...(target === undefined ? [] : ["--target", target]), "--tag", tag, folder], update);
}

/** Whether a reference is among {@link localReferences}. */
export function isLocal(local: ReadonlySet<string>, reference: string): boolean {
  const [name, digest] = reference.split("@");
  const familiar = name!.replace(/^docker\.io\/(library\/)?/, "");
  return local.has(digest === undefined ? familiar : `${familiar.replace(/:[^:/]*$/, "")}@${digest}`);
}

/** Removes every image whose name begins with `<repository>/`. */
export async function removeImages(repository: string): Promise<void> {
  const names = (await docker(["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", `${repository}/*`])).split(/\s+/).filter((name) => name !== "");
  if (names.length > 0) await docker(["image", "rm", "--force", ...names]);
}
