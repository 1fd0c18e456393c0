// Runs in Node and in browsers: Web Crypto only.
import type { SecurityLabel } from "../label/security-label.ts";
import { ByteReader, fromBase64, type Bytes, type ByteSource } from "./bytes.ts";
import { contentKey, tagOf, type ContentKey } from "./content-key.ts";
import { parseManifest, type KeyAccess, type Manifest } from "./manifest.ts";
import { parsePolicy } from "./policy.ts";
import { SealedObjectError, type SealedErrorCode } from "./sealed-error.ts";

/** Asks the KAS that `keyAccess` names for the content key. `createKasClient(...).rewrap` is one. */
export type Rewrap = (request: { readonly policy: { readonly id: string; readonly body: string }; readonly keyAccess: KeyAccess }) => Promise<Uint8Array>;

/** How {@link unseal} gets the key, and what it must have found. */
export interface UnsealOptions {
  readonly rewrap: Rewrap;
  /** The resource that was asked for; another one's object is refused. Default: any. */
  readonly resourceId?: string;
}

/** An object whose label is proven. */
export interface Unsealed {
  readonly policyId: string;
  readonly resourceId: string;
  readonly label: SecurityLabel;
  readonly mimeType: string;
  /** Bytes of plaintext. */
  readonly size: number;
  /**
   * The content, a segment at a time, each checked before it is given out. Throws {@link SealedObjectError} when one was
   * changed or is missing: what came before must then be thrown away.
   */
  readonly plaintext: AsyncGenerator<Bytes, void, undefined>;
}

/**
 * Opens a sealed object: manifest, key from the KAS, binding of the label, signature of the list of segments; then, as it
 * is read, each segment.
 * @throws {SealedObjectError} saying what does not hold; what `rewrap` throws comes through
 */
export async function unseal(manifest: unknown, payload: ByteSource, { rewrap, resourceId }: UnsealOptions): Promise<Unsealed> {
  const { encryptionInformation } = parseManifest(manifest);
  const { policy, keyAccess, integrityInformation } = encryptionInformation;
  const { uuid, body } = parsePolicy(policy);
  if (resourceId !== undefined && body.resourceId !== resourceId) {
    throw new SealedObjectError("DIVE_ERR_SEALED_RESOURCE", `This is the sealed object of ${body.resourceId}, not of ${resourceId}.`);
  }
  const raw = Uint8Array.from(await rewrap({ policy: { id: uuid, body: policy }, keyAccess: keyAccess[0] }));
  const key = await contentKey(raw, policy).finally(() => raw.fill(0));
  if (!(await key.policyIsBound(decode(keyAccess[0].policyBinding.hash, "the policy binding")))) {
    throw new SealedObjectError("DIVE_ERR_SEALED_BINDING", "The label is not bound to this key: one of them was changed.");
  }
  const tags = integrityInformation.segments.map(({ hash }, index) => decode(hash, `segments[${index}].hash`));
  if (!(await key.tagsAreSigned(tags, decode(integrityInformation.rootSignature.sig, "the root signature")))) {
    throw new SealedObjectError("DIVE_ERR_SEALED_SIGNATURE", "The list of segments was changed.");
  }
  const size = integrityInformation.segments.reduce((sum, segment) => sum + segment.segmentSize, 0);
  const { label, mimeType = "application/octet-stream" } = body;
  return { policyId: uuid, resourceId: body.resourceId, label, mimeType, size, plaintext: decrypt(key, integrityInformation, tags, payload) };
}

async function* decrypt(
  key: ContentKey, { segments }: Manifest["encryptionInformation"]["integrityInformation"], tags: readonly Bytes[], payload: ByteSource,
): AsyncGenerator<Bytes, void, undefined> {
  const reader = new ByteReader(payload);
  for (const [index, { encryptedSegmentSize }] of segments.entries()) {
    const segment = await reader.read(encryptedSegmentSize);
    if (segment.byteLength < encryptedSegmentSize) throw broken("DIVE_ERR_SEALED_LENGTH", `The content ends within segment ${index + 1} of ${segments.length}.`);
    // The tags are no secrets: the signed list says which segment belongs here, and GCM that it is whole.
    if (!sameBytes(tagOf(segment), tags[index])) throw broken("DIVE_ERR_SEALED_SEGMENT", `Segment ${index + 1} of ${segments.length} is not the one that was sealed.`);
    yield await key.decryptSegment(index, segment).catch((error: unknown) => {
      throw broken("DIVE_ERR_SEALED_SEGMENT", `Segment ${index + 1} of ${segments.length} was changed.`, error);
    });
  }
  if ((await reader.read(1)).byteLength > 0) throw broken("DIVE_ERR_SEALED_LENGTH", "There is more content than was sealed.");
}

function sameBytes(one: Bytes, other: Bytes | undefined): boolean {
  return other !== undefined && one.byteLength === other.byteLength && one.every((byte, index) => byte === other[index]);
}

function decode(text: string, name: string): Bytes {
  try {
    return fromBase64(text, name);
  } catch (error) {
    throw broken("DIVE_ERR_SEALED_FORMAT", error instanceof Error ? error.message : String(error), error);
  }
}

function broken(code: SealedErrorCode, message: string, cause?: unknown): SealedObjectError {
  return new SealedObjectError(code, message, cause);
}
