import { waitForHealth } from "../engine/health.ts";
import { printOutcome, runOperation } from "../engine/run.ts";
import { recover } from "../recovery/recover.ts";
import { openSession } from "../session.ts";

/**
 * `dive up`: recovers what a killed run left, then applies the program.
 * @returns the engine's exit code
 */
export async function up(stack: string, options: { refresh?: true; expectNoChanges?: true; json?: true }): Promise<number> {
  const { paths, progress, environment, docker } = await openSession(stack, "built", true);
  const { started } = await recover({ handle: environment, paths, docker, progress }, "update");
  const outcome = await runOperation(
    environment,
    "up",
    [...(options.refresh ? ["--refresh"] : []), ...(options.expectNoChanges ? ["--expect-no-changes"] : [])],
    {
      progress,
      title: `pulumi up of stack ${stack}`,
      stateDir: paths.stateDir,
      ...(options.json ? { onLine: (line: string) => void process.stdout.write(`${line}\n`) } : {}),
    },
  );
  printOutcome(outcome, progress);
  if (started && outcome.exitCode === 0) await waitForHealth(environment, progress);
  return outcome.exitCode;
}
