import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { DiveError } from "@dive/common";

/** Where a list goes on, in a form that tells nobody which resource that is: it may be one that the caller must not know of. */
export interface CursorCodec {
  write(resourceId: string): string;
  /** @throws {DiveError} 400 for anything that this process has not written */
  read(cursor: string): string;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Cursors by AES-256-GCM under a key of this process: a list begins anew after a restart. */
export function createCursorCodec(): CursorCodec {
  const key = randomBytes(32);
  return {
    write(resourceId) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, iv);
      const body = Buffer.concat([cipher.update(resourceId, "utf8"), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString("base64url");
    },
    read(cursor) {
      const bytes = Buffer.from(cursor, "base64url");
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
        decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
      } catch (cause) {
        throw new DiveError("The cursor is not one of this list, or the server was restarted: begin without one.", { code: "DIVE_ERR_CURSOR", statusCode: 400, cause });
      }
    },
  };
}
