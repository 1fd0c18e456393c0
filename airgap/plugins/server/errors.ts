import type { ServiceError } from "@grpc/grpc-js";
import { Any, Status, Struct, grpc, messages } from "./protocol.ts";
import { PartialCreateError } from "./resource-type.ts";
import { type Bag, encodeBag, secretTexts } from "./values.ts";

/** What a failed call was about. */
export interface Failed {
  /** `<token> <name>`, or the function's name. */
  readonly subject: string;
  /** Inputs and state of the call: their secrets are kept out of the message, and the inputs are stored after a partial create. */
  readonly inputs: Bag;
  readonly oldState?: Bag;
  /** Marks and completes the state of a partial create, as for a whole one. */
  outputs?(state: Record<string, unknown>): Bag;
}

/**
 * The gRPC error for something thrown by a resource type: code 2 with `<token> <name>: <message>` and the chain of causes. A
 * {@link PartialCreateError} carries what was made, so that the engine keeps it in the state as "init failed".
 */
export function serviceError(thrown: unknown, failed: Failed): Partial<ServiceError> {
  const message = redact(`${failed.subject}: ${explain(thrown)}`, [...secretTexts(failed.inputs), ...secretTexts(failed.oldState ?? {})]);
  if (!(thrown instanceof PartialCreateError)) return { code: grpc.status.UNKNOWN, details: message };
  const detail = new messages.ErrorResourceInitFailed();
  detail.setId(thrown.id);
  detail.setProperties(Struct.fromJavaScript(encodeBag(failed.outputs?.(thrown.state) ?? failed.inputs)));
  detail.setInputs(Struct.fromJavaScript(encodeBag(failed.inputs)));
  detail.setReasonsList([message]);
  const packed = new Any();
  packed.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new Status();
  status.setCode(grpc.status.UNKNOWN);
  status.setMessage(message);
  status.addDetails(packed);
  // The Go side reads structured errors from this trailer; grpc-js has no call for it.
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code: grpc.status.UNKNOWN, details: message, metadata };
}

/** The message of an error and of everything that caused it, outermost first. */
export function explain(thrown: unknown): string {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  for (let error = thrown; error !== undefined && error !== null && !seen.has(error); error = error instanceof Error ? error.cause : undefined) {
    seen.add(error);
    const line = describe(error);
    // Libraries often wrap an error with its own text.
    if (lines.at(-1)?.endsWith(line) !== true) lines.push(line);
  }
  return lines.join("\n  caused by: ");
}

function describe(error: unknown): string {
  // Connecting to a name with several addresses fails with an AggregateError without a text of its own.
  if (error instanceof AggregateError && error.message === "") return error.errors.map(describe).join("; ");
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  if (error.message === "") return typeof code === "string" ? code : error.name;
  return error.message;
}

/** Takes secrets out of a text. Services and checks repeat what they were sent; a secret in their answer must not reach the terminal or the event log. */
export function redact(message: string, secrets: readonly string[]): string {
  // Short ones ("a", "true") would tear words apart, and a secret that short protects nothing.
  const forms = secrets.filter((secret) => secret.length >= 6).flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
  return forms.reduce((text, form) => text.replaceAll(form, "[secret]"), message);
}
