import { dockerClient, ensureDebstrap, ensureDocker } from "./docker.ts";
import { clientOf } from "./docker-host.ts";
import { wantedDockerHost, wantedImages } from "./environment/stack-config.ts";
import type { ImageName } from "../images.ts";
import type { Paths } from "./paths.ts";
import type { Progress } from "./progress.ts";

/** Whether the images must exist on this Docker host, or it is enough to know their names. */
export type ImageWish = "built" | "named";

/**
 * The map for DIVE_IMAGES: each part's local image. Built first when they are wished so, which
 * needs a Docker daemon; their names alone (content hashes) need none. They are built on this machine's and copied to the stack's.
 * @param stack whose images; default: all but those that only some stacks ask for
 */
export async function imageReferences(
  paths: Paths,
  progress: Progress,
  registryReachable: boolean,
  wish: ImageWish,
  stack?: string,
): Promise<{ images: Record<string, string>; chosen: string }> {
  const { ensureImages, plannedImages } = await import("./images/build.ts"); // loaded only where images matter
  const wanted = stack === undefined ? undefined : await wantedImages(paths, stack);
  const request = { registryReachable, cacheDir: paths.cacheDir, root: paths.root, ...(wanted === undefined ? {} : { wanted }) };
  const chosen = registryReachable
    ? "Images: official"
    : "Images: stand-ins of airgap/images (the registry does not answer); MongoDB is FerretDB: no change streams, no transactions; Grafana is not run, nothing stands in for it";
  if (wish === "named") return { images: await plannedImages(request), chosen };
  await ensureDocker(progress, paths.cacheDir);
  if (!registryReachable) await ensureDebstrap(progress);
  const images = await ensureImages({ ...request, progress });
  const host = stack === undefined ? undefined : await wantedDockerHost(paths, stack);
  if (host !== undefined) {
    const { copyBuiltImages } = await import("./images/copy.ts");
    const own = Object.entries(images).filter(([name]) => wanted?.includes(name as ImageName));
    await copyBuiltImages(await dockerClient(), await clientOf(host), Object.fromEntries(own), progress);
  }
  return { images, chosen };
}
