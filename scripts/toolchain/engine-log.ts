import { lstat, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const WHY = `The engine keeps a log of all it does in a folder of this name, which costs a third of the processor time of an up without changes,
and has no switch. It does without where it cannot make the folder, so this file stands in the way. To have the log: DIVE_ENGINE_LOG=1
(docs/runbook.md).
`;

/**
 * Decides whether the engine logs to a Pulumi home that is ours. A log that is no longer wanted is kept beside, as `logs-until-<time>`: a folder
 * that is there, from an earlier version or a run that wanted it, would be written to by every later run.
 * @param wanted whether somebody asked for the log, with `DIVE_ENGINE_LOG=1`
 */
export async function setEngineLog(home: string, wanted: boolean): Promise<void> {
  const logs = join(home, "logs");
  const there = await lstat(logs).catch(ifAbsent);
  if (wanted) {
    if (there?.isFile()) await rm(logs, { force: true });
    await mkdir(logs, { recursive: true });
    return;
  }
  // Another command of this clone may do the same at this moment. Who comes second finds nothing, or, by the slash, a file that is no folder.
  if (there?.isDirectory()) await rename(`${logs}/`, `${logs}-until-${new Date().toISOString().replaceAll(":", "")}`).catch(ifGone);
  if (!there?.isFile()) await writeFile(logs, WHY, { flag: "wx" }).catch(ifPresent);
}

const unless = (...codes: string[]) => (error: NodeJS.ErrnoException) => {
  if (!codes.includes(error.code ?? "")) throw error;
  return undefined;
};
const ifAbsent = unless("ENOENT");
const ifGone = unless("ENOENT", "ENOTDIR");
const ifPresent = unless("EEXIST");
