import { execa } from "execa";
import type { Display } from "../progress.ts";
import type { StackHandle } from "../state.ts";
import { recordEngine } from "../recovery/engine-record.ts";
import { UnsureCreates, noteUnsure } from "../recovery/unsure.ts";
import { parseEvent, type EngineEvent } from "./events.ts";
import { Report } from "./report.ts";

/** The operations of the engine that stream events. */
export type Operation = "up" | "preview" | "refresh" | "destroy";

/** How an operation ended. */
export interface Outcome {
  /** Exit code of the CLI: see its documentation; 0 done, 7 unexpected changes, 8 cancelled. */
  exitCode: number;
  report: Report;
  /** What the CLI said outside its events, such as errors before the operation began. */
  text: string;
}

/**
 * Runs one operation of the CLI and shows its progress. Ctrl-C reaches the CLI too, which then
 * finishes what it is at and keeps its state; a second one makes it give up.
 * @param title shown while it runs
 * @param args further arguments of the operation
 * @param onLine called with every line of the event stream, for `--json`
 * @param onEvent called with every event
 * @param stop ends the operation as Ctrl-C would
 */
export async function runOperation(
  handle: StackHandle,
  operation: Operation,
  args: readonly string[],
  options: { progress: Display; title: string; stateDir: string; onLine?: (line: string) => void; onEvent?: (event: EngineEvent) => void; stop?: AbortSignal },
): Promise<Outcome> {
  const report = new Report();
  const unsure = new UnsureCreates();
  const text: string[] = [];
  const unattended = operation === "preview" ? [] : ["--yes", "--skip-preview"];
  const exitCode = await options.progress.step(options.title, async (update) => {
    update("loading the program and the plugins");
    handle.pluginHost?.requireAlive();
    const child = execa(
      handle.pulumi,
      [operation, "--stack", handle.stack, "--non-interactive", "--color", "never", "--json", ...unattended, ...args],
      {
        cwd: handle.cwd,
        env: { ...handle.env, ...handle.pluginHost?.env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
        extendEnv: false,
        stdin: "ignore",
        reject: false,
        buffer: false,
        cleanup: false, // the CLI ends by itself, after it has written its state
      },
    );
    const forget = await recordEngine(options.stateDir, handle.stack, child.pid);
    const interrupt = () => undefined; // the terminal signals the CLI itself; we wait for its end
    const terminate = () => child.kill("SIGINT");
    process.on("SIGINT", interrupt).on("SIGTERM", terminate);
    options.stop?.addEventListener("abort", terminate, { once: true });
    const errors = (async () => {
      for await (const line of child.iterable({ from: "stderr" })) text.push(String(line));
    })();
    try {
      for await (const line of child.iterable({ from: "stdout" })) {
        options.onLine?.(String(line));
        const event = parseEvent(String(line));
        if (event === undefined) text.push(String(line));
        else {
          report.add(event);
          unsure.add(event);
          options.onEvent?.(event);
        }
        update(report.detail);
      }
      await errors;
      const result = await child;
      return result.exitCode ?? 1;
    } finally {
      process.off("SIGINT", interrupt).off("SIGTERM", terminate);
      options.stop?.removeEventListener("abort", terminate);
      await noteUnsure(options.stateDir, handle.stack, unsure.list);
      await forget();
    }
  });
  return { exitCode, report, text: text.join("\n").trim() };
}

/** Prints how an operation ended: its sum, or its errors with the resource each belongs to. */
export function printOutcome(outcome: Outcome, progress: Display): void {
  const { exitCode, report, text } = outcome;
  for (const { where, message } of report.problems) progress.note(`error${where === "" ? "" : ` at ${where}`}: ${message}`);
  if (exitCode !== 0 && text !== "") progress.note(text);
  progress.note(`${exitCode === 0 ? "Done" : `Failed (Pulumi's exit code ${exitCode})`}: ${report.summary}`);
}
