import { createHash } from "node:crypto";

/** A file as browsers get it, whole in memory. */
export interface Asset {
  readonly type: string;
  readonly body: Buffer;
  /** Changes with the content. */
  readonly etag: string;
}

/** Makes an asset of its content. */
export function asset(type: string, content: string | Buffer): Asset {
  const body = Buffer.from(content);
  return { type, body, etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"` };
}
