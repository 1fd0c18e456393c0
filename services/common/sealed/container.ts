// Runs in Node and in browsers.
import { ByteReader, utf8, type ByteSource } from "./bytes.ts";
import { parseManifest, type Manifest } from "./manifest.ts";
import { SealedObjectError } from "./sealed-error.ts";

/** Media type of a sealed object in one piece: the manifest as one line of JSON, a newline, the payload. */
export const SEALED_MEDIA_TYPE = "application/vnd.dive.sealed-object";

const NEWLINE = 0x0a;
/** Longest manifest read, in bytes: 10,000 segments need about a tenth of it. */
const LONGEST_MANIFEST = 8_388_608;

/** A sealed object in one piece, for a download or a file. */
export async function* writeContainer(manifest: Manifest, payload: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  yield utf8(`${JSON.stringify(manifest)}\n`);
  yield* payload instanceof Uint8Array ? [payload] : payload;
}

/**
 * Takes it apart; the payload is read only when it is asked for.
 * @throws {SealedObjectError} `DIVE_ERR_SEALED_FORMAT`
 */
export async function readContainer(container: ByteSource): Promise<{ readonly manifest: Manifest; readonly payload: AsyncGenerator<Uint8Array, void, undefined> }> {
  const reader = new ByteReader(container);
  try {
    const line = await reader.readUntil(NEWLINE, LONGEST_MANIFEST);
    const manifest = parseManifest(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line)));
    return { manifest, payload: reader.remaining() };
  } catch (error) {
    if (error instanceof SealedObjectError) throw error;
    throw new SealedObjectError("DIVE_ERR_SEALED_FORMAT", `The first line must be the manifest, but it ${error instanceof Error ? error.message : String(error)}.`, error);
  }
}
