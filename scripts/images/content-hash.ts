import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/**
 * Hash of what an image is made from: the files of its folders (path, executable bit, content)
 * and any further texts (versions, tags of the images it is built on). The place of the clone, the
 * order of folders' entries and times do not count, so equal sources give equal tags everywhere.
 * @param folders folders or single files; tests (`*.test.ts`) and node_modules are left out
 * @returns the first 12 hexadecimal digits of the SHA-256
 */
export async function contentHash(folders: readonly string[], texts: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  const add = (text: string | Buffer) => hash.update(`${text.length}:`).update(text);
  for (const folder of folders) {
    for (const file of await sourceFiles(folder)) {
      // Every command begins with this, for hundreds of small files: to wait for each in turn takes twice as long as to read it at once.
      const { mode } = statSync(file);
      add(relative(folder, file).split(sep).join("/"));
      add((mode & 0o100) === 0 ? "plain" : "executable");
      add(readFileSync(file));
    }
  }
  for (const text of texts) add(text);
  return hash.digest("hex").slice(0, 12);
}

/** The files below a folder (or the file itself) that an image is made from, in a fixed order. */
export async function sourceFiles(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && isSource(join(relative(path, entry.parentPath), entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort((a, b) => (a < b ? -1 : 1));
}

const isSource = (path: string): boolean => !path.endsWith(".test.ts") && !path.split(sep).includes("node_modules");
