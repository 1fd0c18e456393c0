import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The absolute path of a program on PATH, or undefined. @param path value of PATH */
export async function which(program: string, path = process.env["PATH"] ?? ""): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    if (folder !== "" && (await isExecutable(join(folder, program)))) return join(folder, program);
  }
  return undefined;
}

/** Whether a file exists and may be executed. */
export async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
