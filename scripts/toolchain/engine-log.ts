import { writeFile } from "node:fs/promises";
import { join } from "node:path";

const WHY = `The engine keeps a log of all it does in a folder of this name, which costs a third of the processor time of an up without changes,
and has no switch. It does without where it cannot make the folder, so this file stands in the way. To have the log, put a folder here:
docs/runbook.md.
`;

/** Keeps the engine from logging to a Pulumi home that is ours. A folder for the log that somebody has made stays. */
export async function keepNoEngineLog(home: string): Promise<void> {
  await writeFile(join(home, "logs"), WHY, { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}
