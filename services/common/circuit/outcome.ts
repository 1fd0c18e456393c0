import { describeError } from "../federation/probe-error.ts";
import type { Outcome } from "./state-machine.ts";

/** Longest text of a failure that is kept, in characters. */
const LONGEST_ERROR = 2_000;

/** Codes of Node and undici for a connection that could not be made, was cut, or took too long. */
const CONNECTION = /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|UND_ERR_(SOCKET|CLOSED|(CONNECT|HEADERS|BODY)_TIMEOUT))$/;

/**
 * The default rule of what counts: a probe that found nobody (`kind` is `unavailable`, see ProbeError), or an error of the connection,
 * also below a `cause`. A denial and "not yet" are answers and never count.
 */
export function isUnavailability(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { kind, code } = error as { kind?: unknown; code?: unknown };
  if (kind !== undefined) return kind === "unavailable";
  if (error.name === "TimeoutError" || (typeof code === "string" && CONNECTION.test(code))) return true;
  if (error instanceof AggregateError) return error.errors.some(isUnavailability);
  return isUnavailability(error.cause);
}

/** The other end answered, though not as wished: it is there. */
function isAnswer(error: unknown): boolean {
  const kind = error instanceof Error ? (error as { kind?: unknown }).kind : undefined;
  return kind === "denied" || kind === "not-yet";
}

/**
 * What an error of the guarded work says about the other end. An answer closes a half-open circuit, whatever it says; an error that
 * neither counts nor is an answer (a bug, a caller that left) proves nothing.
 * @param aborted the caller gave up
 */
export function outcomeOf(error: unknown, aborted: boolean, countsAsFailure: (error: unknown) => boolean): Outcome {
  if (aborted) return { kind: "nothing" };
  if (countsAsFailure(error)) return { kind: "failure", error: textOf(error) };
  return isAnswer(error) ? { kind: "success" } : { kind: "nothing" };
}

/** The text kept as a circuit's last error; a database takes neither U+0000 nor halves of a surrogate pair. */
export function textOf(error: unknown): string {
  const text = describeError(error).replaceAll("\0", "").toWellFormed();
  return text.length > LONGEST_ERROR ? `${text.slice(0, LONGEST_ERROR - 1).toWellFormed()}…` : text;
}
