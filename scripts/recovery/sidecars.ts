import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { namesIn } from "../files.ts";
import { localBackend, type StackHandle } from "../state.ts";

/**
 * Removes what the engine's file store calls attributes (`<file>.attrs`) where one is torn. The store replaces its files atomically but not
 * these, and a killed engine can leave an empty one, after which every command fails with "failed to load checkpoint: EOF". Nothing of
 * ours is in them, and the store takes a missing one for a file without attributes.
 * @returns names of the files removed
 */
export async function removeTornSidecars(handle: Pick<StackHandle, "env" | "project" | "stack">): Promise<string[]> {
  const backend = localBackend(handle.env["PULUMI_BACKEND_URL"]);
  if (backend === undefined) return [];
  const folders = [join(backend, ".pulumi", "stacks", handle.project), join(backend, ".pulumi", "locks", "organization", handle.project, handle.stack)];
  const removed: string[] = [];
  for (const folder of folders)
    for (const name of await sidecars(folder)) {
      if (isJson(await readFile(join(folder, name), "utf8"))) continue;
      await rm(join(folder, name));
      removed.push(name);
    }
  return removed;
}

async function sidecars(folder: string): Promise<string[]> {
  return (await namesIn(folder)).filter((name) => name.endsWith(".attrs"));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // torn: that is the answer
  }
}
