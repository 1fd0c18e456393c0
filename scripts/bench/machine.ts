import { availableParallelism, cpus, totalmem } from "node:os";
import { execa } from "execa";
import { findPaths } from "../paths.ts";

/** The line that every table of figures begins with: machine, commit and date. */
export async function machine(): Promise<string> {
  const { root } = findPaths();
  const { stdout: commit } = await execa("git", ["rev-parse", "--short", "HEAD"], { cwd: root });
  const { stdout: changed } = await execa("git", ["status", "--porcelain"], { cwd: root });
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"}), ${gib} GiB; commit ${commit}${changed === "" ? "" : " with changes"}; ${new Date().toISOString().slice(0, 10)}`;
}
