// Runs in Node and in browsers.
import { parseSecurityLabel, type SecurityLabel } from "../label/security-label.ts";
import { fromBase64, toBase64, utf8 } from "./bytes.ts";
import { SealedObjectError } from "./sealed-error.ts";

/** What is bound to the key and to the content: whose label it is, and the label. */
export interface SealedPolicy {
  /** Of this sealing; stands in the KAS's audit records. */
  readonly uuid: string;
  readonly body: {
    readonly resourceId: string;
    readonly label: SecurityLabel;
    /** Media type of the content. Default: application/octet-stream. */
    readonly mimeType?: string;
  };
}

/** Longest policy accepted, in characters of base64. */
const LONGEST = 65_536;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const RESOURCE_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const MIME_TYPE = /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/;

/** The policy as it stands in the manifest: base64 of its JSON. What is bound is this very text, never what it parses to. */
export function encodePolicy(policy: SealedPolicy): string {
  return toBase64(utf8(JSON.stringify(policy)));
}

/**
 * Reads a policy strictly: nothing missing, nothing unknown.
 * @throws {SealedObjectError} `DIVE_ERR_SEALED_FORMAT`, saying what is wrong
 */
export function parsePolicy(text: string): SealedPolicy {
  try {
    if (text.length > LONGEST) throw new Error(`is longer than ${LONGEST} characters`);
    const json = new TextDecoder("utf-8", { fatal: true }).decode(fromBase64(text, "it"));
    const { uuid, body } = exactly(JSON.parse(json), ["uuid", "body"]);
    const { resourceId, label, mimeType } = exactly(body, ["resourceId", "label"], ["mimeType"]);
    return {
      uuid: textOf(uuid, UUID, "uuid"),
      body: {
        resourceId: textOf(resourceId, RESOURCE_ID, "resourceId"),
        label: parseSecurityLabel(label),
        ...(mimeType === undefined ? {} : { mimeType: textOf(mimeType, MIME_TYPE, "mimeType") }),
      },
    };
  } catch (error) {
    throw new SealedObjectError("DIVE_ERR_SEALED_FORMAT", `The policy cannot be used: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

/** The attributes of an object that has all of `required`, perhaps some of `optional`, and no others. */
function exactly(value: unknown, required: readonly string[], optional: readonly string[] = []): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("an object is missing");
  for (const name of required) if (!Object.hasOwn(value, name)) throw new Error(`${name} is missing`);
  for (const name of Object.keys(value)) if (!required.includes(name) && !optional.includes(name)) throw new Error(`${name} is unknown`);
  return value as Readonly<Record<string, unknown>>;
}

function textOf(value: unknown, pattern: RegExp, name: string): string {
  if (typeof value !== "string" || !pattern.test(value)) throw new Error(`${name} must match ${pattern.source}`);
  return value;
}
