import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { OFFICIAL } from "../../images.ts";
import { DiveError, EXIT } from "../errors.ts";
import { writeWhole } from "../files.ts";
import { findPaths } from "../paths.ts";
import { createProgress } from "../progress.ts";
import { probeReachability } from "../toolchain/reachability.ts";

/** An entry of the table in images.ts, with or without a digest. */
const ENTRY = /\{ reference: "([^"]+)"(?:, digest: "sha256:[0-9a-f]{64}")? \}/g;

/** Writes the digest of each reference into its entry, in place of an older one. */
export function withDigests(text: string, digests: ReadonlyMap<string, string>): string {
  return text.replaceAll(ENTRY, (whole, reference: string) => {
    const digest = digests.get(reference);
    return digest === undefined ? whole : `{ reference: "${reference}", digest: "${digest}" }`;
  });
}

/** `dive images pin`: asks the registry for the digest of each tag in images.ts and writes it there. */
export async function pinImages(): Promise<void> {
  const file = join(findPaths().root, "images.ts");
  if (!(await probeReachability()).images) throw new DiveError("The image registry does not answer from here: pin on a connected machine.", EXIT.requirement);
  const text = await readFile(file, "utf8");
  const progress = createProgress();
  const digests = new Map<string, string>();
  await progress.step("Asking for digests", async (update) => {
    for (const { reference } of Object.values(OFFICIAL)) {
      update(reference);
      const { stdout } = await execa("docker", ["buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", reference]);
      digests.set(reference, stdout.trim());
    }
  });
  progress.note((await writeWhole(file, withDigests(text, digests))) ? `${digests.size} digests written to ${file}` : "All digests are up to date");
}
