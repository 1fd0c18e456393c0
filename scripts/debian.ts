import { access } from "node:fs/promises";
import { execa } from "execa";
import type { Progress } from "./progress.ts";

/** Whether this process may install Debian packages: root on a Debian-like system. */
export async function canInstallPackages(): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return access("/etc/debian_version").then(
    () => true,
    () => false,
  );
}

let queue: Promise<unknown> = Promise.resolve();

/**
 * Installs Debian packages, saying so. Calls of one process queue up (apt holds a lock), and apt
 * itself waits for other processes.
 */
export function installPackages(progress: Progress, packages: readonly string[], why: string): Promise<void> {
  const run = async () =>
    progress.step(`apt-get install ${packages.join(" ")} (${why})`, async (update) => {
      for (const args of [["update"], ["install", "--yes", "--no-install-recommends", ...packages]]) {
        const child = execa("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], { env: { DEBIAN_FRONTEND: "noninteractive" }, all: true });
        for await (const line of child.iterable({ from: "all" })) update(String(line));
        await child;
      }
    });
  const result = queue.then(run);
  queue = result.catch(() => undefined); // the next in the queue runs anyway; the caller sees this error
  return result;
}
