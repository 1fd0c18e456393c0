import { plainProgress } from "./progress/plain.ts";
import { ttyProgress } from "./progress/tty.ts";

/**
 * Shows what a long command is doing. Steps may run side by side; a step says what it is at by
 * calling `update`. Everything goes to stderr, so that stdout stays free for results.
 */
export interface Progress {
  /**
   * Runs one step under a title and shows its end, or its failure, with the elapsed time.
   * @param title what is being done, as a short phrase ("Building the Keycloak image")
   * @param run the work; `update` replaces the detail shown beside the title
   * @returns what `run` returns
   * @throws whatever `run` throws, unchanged, after the step was shown as failed
   */
  step<T>(title: string, run: (update: (detail: string) => void) => Promise<T>): Promise<T>;
}

/** A progress display that can also print a line of its own between the steps. */
export interface Display extends Progress {
  /** Prints one line that stays, without disturbing the live lines of a terminal. */
  note(line: string): void;
}

/** Longest silence of the plain renderer while a step runs, in milliseconds. */
export const HEARTBEAT_MS = 5_000;

/** Where a renderer writes: `process.stderr`, or a stand-in in tests. */
export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Chooses the renderer: live lines on a terminal, plain lines everywhere else (and in CI). */
export function createProgress(stream: ProgressStream = process.stderr): Display {
  return stream.isTTY === true && !process.env["CI"] ? ttyProgress(stream) : plainProgress(stream);
}
