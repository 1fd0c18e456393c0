import { rm } from "node:fs/promises";
import { join } from "node:path";
import { recordFiles, startRecording } from "../deployment-record/open.ts";
import { printOutcome, runOperation } from "../engine/run.ts";
import { DiveError, EXIT } from "../errors.ts";
import { namesIn } from "../files.ts";
import { listOwned, removeOwned } from "../inventory.ts";
import { findPaths, liveConfigFile } from "../paths.ts";
import { recover } from "../recovery/recover.ts";
import { openDockerSession, type Session } from "../session.ts";
import { localBackend, readState, runPulumi } from "../state.ts";

/**
 * `dive nuke --confirm`: destroys the stack, removes what is left of it on the Docker host, its
 * state, its live configuration, and the passphrase when it was the last stack. The CA stays,
 * unless everything goes.
 * @param what undefined for one stack, "all" for every stack of this clone and the state folder
 */
export async function nuke(stack: string, what: string | undefined): Promise<number> {
  if (what !== undefined && what !== "all") throw new DiveError(`nuke takes "all" or nothing; given: "${what}".`, EXIT.usage);
  if (what === undefined) return nukeStack(stack);
  const { stateDir } = findPaths();
  for (const name of await localStacks(stateDir)) {
    const code = await nukeStack(name);
    if (code !== EXIT.ok) return code;
  }
  await rm(stateDir, { recursive: true, force: true });
  return EXIT.ok;
}

/** Every stack that has a live configuration here. */
async function localStacks(stateDir: string): Promise<string[]> {
  const files = await namesIn(stateDir);
  return files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
}

async function nukeStack(stack: string): Promise<number> {
  const session = await openDockerSession(stack, "named", "operation");
  const { environment, paths, progress, docker } = session;
  await recover({ handle: environment, paths, docker, progress }, "destroy");
  if (((await readState(environment))?.resources ?? []).length > 0) {
    const exitCode = await destroy(session, stack);
    if (exitCode !== 0) return exitCode;
  }
  const leftovers = await listOwned(docker, { stack, root: paths.root });
  if (leftovers.length > 0) {
    await progress.step(`Removing ${leftovers.length} leftovers of stack ${stack}`, (update) => removeOwned(docker, leftovers, update));
  }
  await removeState(session, stack);
  progress.note(`Stack ${stack} is gone, with its state`);
  return EXIT.ok;
}

/** Destroys what the state has. A failure is recorded where a database is left to record it in; a success took them all. */
async function destroy({ environment, paths, progress }: Session, stack: string): Promise<number> {
  const recording = await startRecording(environment, paths, progress, "destroy");
  let exitCode: number = EXIT.failed;
  try {
    const { onEvent, stop } = recording;
    const outcome = await runOperation(environment, "destroy", recording.args, { progress, title: `pulumi destroy of stack ${stack}`, stateDir: paths.stateDir, onEvent, stop });
    printOutcome(outcome, progress);
    exitCode = outcome.exitCode;
  } finally {
    await recording.end(exitCode);
  }
  return exitCode;
}

async function removeState({ environment, paths }: Session, stack: string): Promise<void> {
  await runPulumi(environment, ["stack", "rm", "--yes", "--preserve-config", "--stack", stack]);
  await rm(liveConfigFile(paths, stack), { force: true });
  await rm(`${liveConfigFile(paths, stack)}.bak`, { force: true });
  for (const file of recordFiles(paths.stateDir, stack)) await rm(file, { force: true });
  const backend = localBackend(environment.env["PULUMI_BACKEND_URL"]);
  if (backend !== undefined && backend.startsWith(paths.stateDir)) {
    // `stack rm` keeps history, backups and locks; they hold the stack's encrypted secrets.
    for (const kind of ["history", "backups", "stacks"]) {
      const folder = join(backend, ".pulumi", kind, environment.project);
      for (const name of await namesIn(folder)) {
        if (name === stack || name.startsWith(`${stack}.`)) await rm(join(folder, name), { recursive: true, force: true });
      }
    }
    await rm(join(backend, ".pulumi", "locks", "organization", environment.project, stack), { recursive: true, force: true });
  }
  if ((await localStacks(paths.stateDir)).length === 0) await rm(join(paths.stateDir, "passphrase"), { force: true });
}
