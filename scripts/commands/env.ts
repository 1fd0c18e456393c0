import { exportLines } from "../environment/shell.ts";
import { openDockerSession } from "../session.ts";

/** `dive env`: the engine's environment on stdout, and nothing else there. */
export async function env(stack: string, options: { json?: true }): Promise<void> {
  const { environment } = await openDockerSession(stack, "built", "questions");
  process.stdout.write(options.json ? `${JSON.stringify(environment.exported, undefined, 2)}\n` : exportLines(environment.exported));
}
