import { copyFile, link, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "../errors.ts";

/** Folders of the cache in which half-made things get a name that ends in a dot and six characters. */
const WORKPLACES = ["staging", "go", "keycloak", "training"] as const;

/** Where images put things in the user-level cache. */
export const imageCache = (cacheDir: string, ...path: string[]): string => join(cacheDir, "images", ...path);

/** Runs work with a build folder that is removed afterwards; in the cache, so that its files can be linked. */
export async function withBuildFolder<T>(cacheDir: string, work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(imageCache(cacheDir, "staging"), { recursive: true });
  const folder = await mkdtemp(imageCache(cacheDir, "staging", "build."));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes what killed runs left half made. Only for the holder of the lock. */
export async function removeHalfMade(cacheDir: string): Promise<void> {
  for (const place of WORKPLACES) {
    const folder = imageCache(cacheDir, place);
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return [];
      throw error;
    });
    const left = entries.filter((entry) => entry.isDirectory() && /\.[A-Za-z0-9]{6}$/.test(entry.name));
    for (const { name } of left) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Puts a file of the cache into a build folder: by a link, or by a copy across file systems. */
export async function place(file: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await link(file, target).catch(async (error: unknown) => {
    if (codeOf(error) !== "EXDEV") throw error;
    await copyFile(file, target);
  });
}
