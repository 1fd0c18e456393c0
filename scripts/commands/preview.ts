import { guardrailArguments } from "../environment/guardrails.ts";
import { printOutcome, runOperation } from "../engine/run.ts";
import { openSession } from "../session.ts";
import { renderTable } from "../table.ts";

/**
 * `dive preview`: every resource with what would be done to it. Starts no container and builds no
 * image. The project's policy pack judges every resource; one violation fails the preview.
 * @returns the engine's exit code
 */
export async function preview(stack: string, options: { json?: true }): Promise<number> {
  const { paths, progress, environment } = await openSession(stack, "named", "operation");
  const outcome = await runOperation(environment, "preview", await guardrailArguments(paths, stack), {
    progress,
    title: `pulumi preview of stack ${stack}`,
    stateDir: paths.stateDir,
    ...(options.json ? { onLine: (line: string) => void process.stdout.write(`${line}\n`) } : {}),
  });
  if (!options.json) {
    const rows = outcome.report.steps.map(({ op, type, name }) => [op, type, name]);
    if (rows.length > 0) process.stdout.write(`${renderTable(["Step", "Type", "Name"], rows)}\n`);
  }
  printOutcome(outcome, progress);
  return outcome.exitCode;
}
