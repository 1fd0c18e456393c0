import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "./errors.ts";

/** Reads a text file; undefined when it does not exist. @throws any other error of reading */
export async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Names in a folder; none when it does not exist. @throws any other error of reading */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

/**
 * Writes a file as a whole: readers see the old text or the new one, never half of it.
 * Does nothing when the file already holds that text.
 * @param mode permissions of a new file, 0644 by default
 * @returns whether the file changed
 */
export async function writeWhole(path: string, text: string, mode = 0o644): Promise<boolean> {
  if ((await readIfExists(path)) === text) return false;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, text, { mode });
  await rename(temporary, path);
  return true;
}
