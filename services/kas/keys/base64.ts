import { fromBase64 } from "@dive/common/sealed";

/** The bytes of a base64 text; undefined when it is anything else. Node's own decoder takes what it can and drops the rest. */
export function decodeBase64(text: string): Buffer | undefined {
  try {
    return Buffer.from(fromBase64(text, "it"));
  } catch {
    return undefined;
  }
}
