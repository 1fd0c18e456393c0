import type Docker from "dockerode";
import type { Progress } from "../progress.ts";
import { imageRepository } from "./plan.ts";

/**
 * Copies the images that were built here to another Docker host, those that are not there yet; official ones that host pulls itself.
 * @param references by image name, as {@link ensureImages} gives them
 * @throws when an image is not here, or that host does not take it
 */
export async function copyBuiltImages(from: Docker, to: Docker, references: Readonly<Record<string, string>>, progress: Progress): Promise<void> {
  const built = [...new Set(Object.values(references))].filter((reference) => reference.startsWith(`${imageRepository()}/`));
  const there = await Promise.all(built.map((reference) => isThere(to, reference)));
  // One after the other: what they have in common is sent with each, and kept once.
  for (const reference of built.filter((_, i) => !there[i])) await progress.step(`Copying image ${reference} to the stack's Docker host`, () => copy(from, to, reference));
}

async function isThere(docker: Docker, reference: string): Promise<boolean> {
  try {
    await docker.getImage(reference).inspect();
    return true;
  } catch (error) {
    if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return false;
    throw error;
  }
}

/** `docker save | docker load`. */
async function copy(from: Docker, to: Docker, reference: string): Promise<void> {
  const answer = await to.loadImage(await from.getImage(reference).get());
  // The answer begins before the image is there, and an error is part of it.
  await new Promise<void>((resolve, reject) => to.modem.followProgress(answer, (error) => (error ? reject(error) : resolve())));
}
