import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { liveConfigFile, type Paths } from "../paths.ts";
import type { Display } from "../progress.ts";
import { readState, runPulumi, type StackHandle } from "../state.ts";
import { writeWhole } from "../files.ts";
import { removeTornSidecars } from "../recovery/sidecars.ts";
import { mergeStackConfig, writeLiveConfig, type LiveChanges } from "./stack-config.ts";

/** Writes the live configuration, and makes the stack when it does not exist yet. */
export async function ensureStack(handle: StackHandle, paths: Paths, progress: Display, changes: LiveChanges): Promise<void> {
  const torn = await removeTornSidecars(handle);
  if (torn.length > 0) progress.note(`Recovery: a killed run left torn files beside the state, now removed: ${torn.join(", ")}`);
  const state = await readState(handle);
  await writeLiveConfig(paths, handle.stack, state?.secrets_providers?.state?.salt, changes);
  if (state === undefined) await progress.step(`New stack ${handle.stack}`, () => makeStack(handle, paths));
}

/**
 * `pulumi stack init` writes the salt into Pulumi.<stack>.yaml beside Pulumi.yaml, whatever
 * PULUMI_OPTION_CONFIG_FILE says. So it runs on a copy of Pulumi.yaml, and the salt goes into the
 * live configuration.
 */
async function makeStack(handle: StackHandle, paths: Paths): Promise<void> {
  const folder = await mkdtemp(join(paths.stateDir, "new-stack-"));
  try {
    const live = liveConfigFile(paths, handle.stack);
    const written = join(folder, `Pulumi.${handle.stack}.yaml`);
    await copyFile(join(paths.root, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    await copyFile(live, written);
    const { PULUMI_OPTION_CONFIG_FILE: _, ...env } = handle.env;
    await runPulumi({ ...handle, cwd: folder, env }, ["stack", "init", handle.stack, "--no-select"]);
    await writeWhole(live, mergeStackConfig(await readFile(live, "utf8"), await readFile(written, "utf8")), 0o600);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
