/** Exit codes of `./dive`; those of the Pulumi CLI (1-8 and 255) are passed on unchanged. */
export const EXIT = {
  /** Everything asked for was done. */
  ok: 0,
  /** The operation, a test or a check failed. */
  failed: 1,
  /** Wrong arguments or configuration. */
  usage: 2,
  /** `--expect-no-changes`, and there were changes (Pulumi's own code). */
  changes: 7,
  /** Something that must be installed or reachable is missing. */
  requirement: 20,
  /** Another run of this stack is alive. */
  busy: 21,
  /** The stack's containers on this Docker host belong to another clone. */
  collision: 22,
} as const;

/** An error whose message is meant for the operator: shown without a stack trace. */
export class DiveError extends Error {
  readonly exitCode: number;

  /**
   * @param message what, where, which rule, what was given and what to do
   * @param exitCode see {@link EXIT}; a failure by default
   */
  constructor(message: string, exitCode: number = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.name = "DiveError";
    this.exitCode = exitCode;
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The text of anything that was thrown, with all its causes: `fetch failed` alone says nothing. */
export function causesOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? `${error.message}: ${causesOf(error.cause)}` : messageOf(error);
}

/** The code of a Node.js system error ("ENOENT"), or undefined when it is something else. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
