import { buffer } from "node:stream/consumers";
import { extract, pack } from "tar-stream";
import { docker } from "./docker.ts";

/** Where a workload's files are in its container, and in the never-started one that filled their volume. */
const FOLDER = "/run/dive";

/** A file of a workload, as text. @param container name of the workload's container */
export async function readWorkloadFile(container: string, file: string): Promise<string> {
  const archive = await docker.getContainer(`${container}-files`).getArchive({ path: `${FOLDER}/${file}` });
  for await (const entry of archive.pipe(extract())) return (await buffer(entry)).toString("utf8");
  throw new Error(`${container} has no file ${file}`);
}

/** Writes a file of a workload through the container that filled its volume; root's, readable by group 0, as the program makes them. */
export async function writeWorkloadFile(container: string, file: string, content: string): Promise<void> {
  const archive = pack();
  archive.entry({ name: file, mode: 0o644, uid: 0, gid: 0, mtime: new Date() }, content);
  archive.finalize();
  await docker.getContainer(`${container}-files`).putArchive(await buffer(archive), { path: FOLDER });
}
