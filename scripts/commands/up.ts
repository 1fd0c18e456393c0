import { prepareRecording, startRecording } from "../deployment-record/open.ts";
import { firstUp, isFirstUp, removeUnwritten } from "../engine/first-up.ts";
import { waitForHealth } from "../engine/health.ts";
import { printOutcome, runOperation } from "../engine/run.ts";
import { EXIT } from "../errors.ts";
import { findPaths } from "../paths.ts";
import { recover } from "../recovery/recover.ts";
import { openDockerSession } from "../session.ts";

/**
 * `dive up`: recovers what a killed run left, then applies the program and records what that did to each instance.
 * @returns the engine's exit code
 */
export async function up(stack: string, options: { refresh?: true; expectNoChanges?: true; json?: true }): Promise<number> {
  const [{ paths, progress, environment, docker }] = await Promise.all([openDockerSession(stack, "built", "operation"), prepareRecording(findPaths(), stack)]);
  const { started } = await recover({ handle: environment, paths, docker, progress }, "update");
  const first = await isFirstUp(environment, paths, docker);
  const recording = await startRecording(environment, paths, progress, "up");
  let exitCode = EXIT.failed as number;
  try {
    const outcome = await runOperation(
      first ? firstUp(environment) : environment,
      "up",
      [...recording.args, ...(options.refresh ? ["--refresh"] : []), ...(options.expectNoChanges ? ["--expect-no-changes"] : [])],
      {
        progress,
        title: `pulumi up of stack ${stack}`,
        stateDir: paths.stateDir,
        onEvent: recording.onEvent,
        stop: recording.stop,
        ...(options.json ? { onLine: (line: string) => void process.stdout.write(`${line}\n`) } : {}),
      },
    );
    printOutcome(outcome, progress);
    exitCode = outcome.exitCode;
    if (first && exitCode !== EXIT.ok) await removeUnwritten(environment, docker, progress);
  } finally {
    await recording.end(exitCode);
  }
  if (started && exitCode === EXIT.ok) await waitForHealth(environment, progress);
  return exitCode;
}
