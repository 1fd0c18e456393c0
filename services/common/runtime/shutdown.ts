import type { Logger } from "../telemetry/logging.ts";
import { describeError } from "./describe-error.ts";

/** One thing to close, in the order given. */
export interface ShutdownStep {
  /** Name in the log. */
  readonly name: string;
  readonly close: () => Promise<unknown>;
}

/** Settings of {@link closeInOrder}. */
export interface ShutdownOptions {
  /** What ended the process, for the log ("SIGTERM"). */
  readonly reason: string;
  readonly steps: readonly ShutdownStep[];
  /** Longest time for all steps together, in milliseconds. Default 10,000. */
  readonly deadlineMs?: number;
  readonly logger: Logger;
}

/**
 * Closes each step in order: a step that fails is logged and the next still runs.
 * Resolves to the exit code: 0 when all closed, 1 when a step failed or the deadline passed.
 */
export async function closeInOrder({ reason, steps, deadlineMs = 10_000, logger }: ShutdownOptions): Promise<number> {
  logger.info({ event: "shutdown", reason }, "closing");
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), deadlineMs);
  });
  const outcome = await Promise.race([runSteps(steps, logger), deadline]);
  clearTimeout(timer);
  if (outcome === "late") {
    logger.error({ event: "shutdown", reason, deadlineMs }, "not everything closed before the deadline");
    return 1;
  }
  logger.info({ event: "shutdown", reason }, "closed");
  return outcome;
}

/**
 * Calls `close` at the first SIGTERM or SIGINT and exits with the code it resolves to. A second signal exits at once
 * with 1, for an operator who does not want to wait.
 */
export function onTermination(close: (signal: string) => Promise<number>): void {
  let closing = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (closing) process.exit(1);
      closing = true;
      void close(signal).then((code) => process.exit(code));
    });
  }
}

/**
 * Writes the error that nobody caught, by which the process is about to end, to its log: Node tells it as plain text on standard error, which
 * whoever reads the log's lines as JSON would miss.
 */
export function logCrash(logger: Logger): void {
  process.on("uncaughtExceptionMonitor", (error, origin) => {
    logger.error({ event: "crash", origin, error: describeError(error), stack: error instanceof Error ? error.stack : undefined }, "ending");
  });
}

async function runSteps(steps: readonly ShutdownStep[], logger: Logger): Promise<number> {
  let code = 0;
  for (const step of steps) {
    try {
      await step.close();
    } catch (error) {
      code = 1;
      logger.error({ event: "shutdown", step: step.name, error: describeError(error) }, "could not close");
    }
  }
  return code;
}
