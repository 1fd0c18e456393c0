// Runs in Node and in browsers: Web Crypto only.
import { parseSecurityLabel, type SecurityLabel } from "../label/security-label.ts";
import { ByteReader, toBase64, type Bytes, type ByteSource } from "./bytes.ts";
import { CONTENT_KEY_BYTES, contentKey, tagOf } from "./content-key.ts";
import { protectKey, type KasAlgorithm } from "./key-wrap.ts";
import { SEALED_FORMAT, SEGMENT_OVERHEAD, SEGMENT_SIZE, type Manifest, type SegmentInfo } from "./manifest.ts";
import { encodePolicy, parsePolicy } from "./policy.ts";

/** The KAS that will decide on who may open the object. */
export interface SealingKas {
  /** Public base address, `https://localhost:9000`. */
  readonly url: string;
  readonly kid: string;
  /** SPKI, PEM. */
  readonly publicKey: string;
  readonly algorithm: KasAlgorithm;
}

/** What {@link seal} binds to the content. */
export interface SealOptions {
  readonly label: SecurityLabel;
  /** 1 to 128 letters, digits and `._:-`. */
  readonly resourceId: string;
  /** Media type of the content. Default: none is recorded. */
  readonly mimeType?: string;
  readonly kas: SealingKas;
  /** Bytes of plaintext in a segment, 16 KiB to 4 MiB. Default: 1 MiB. */
  readonly segmentSize?: number;
}

/** An object that is being sealed. */
export interface Sealing {
  /** The payload, one encrypted segment at a time; to be read once and to the end. Holds one segment in memory. */
  readonly segments: AsyncGenerator<Bytes, void, undefined>;
  /** The manifest. @throws {Error} before the last segment was read */
  manifest(): Manifest;
}

/**
 * Seals content with a key of its own, which only the KAS can read, and binds the label to both.
 * @throws {LabelError | SealedObjectError | Error} when an option cannot be used; nothing is then read
 */
export async function seal(plaintext: ByteSource, options: SealOptions): Promise<Sealing> {
  const { kas, resourceId, mimeType, segmentSize = SEGMENT_SIZE.default } = options;
  if (!Number.isInteger(segmentSize) || segmentSize < SEGMENT_SIZE.least || segmentSize > SEGMENT_SIZE.most) {
    throw new RangeError(`segmentSize must be a whole number from ${SEGMENT_SIZE.least} to ${SEGMENT_SIZE.most} bytes, got ${segmentSize}`);
  }
  const label = parseSecurityLabel(options.label);
  const policy = encodePolicy({ uuid: crypto.randomUUID(), body: { resourceId, label, ...(mimeType === undefined ? {} : { mimeType }) } });
  parsePolicy(policy); // what could not be opened must not be sealed

  const raw = crypto.getRandomValues(new Uint8Array(CONTENT_KEY_BYTES));
  const key = await contentKey(raw, policy);
  const protectedKey = await protectKey(raw, kas.publicKey, kas.algorithm);
  raw.fill(0);
  const policyBinding = { alg: "HS256", hash: toBase64(await key.bindPolicy()) } as const;

  let manifest: Manifest | undefined;
  async function* encrypt(): AsyncGenerator<Bytes, void, undefined> {
    const reader = new ByteReader(plaintext);
    const tags: Bytes[] = [];
    const segments: SegmentInfo[] = [];
    for (;;) {
      const piece = await reader.read(segmentSize);
      // An object has at least one segment, so that also nothing can be sealed.
      if (piece.byteLength === 0 && segments.length > 0) break;
      const segment = await key.encryptSegment(segments.length, piece);
      tags.push(tagOf(segment));
      segments.push({ hash: toBase64(tagOf(segment)), segmentSize: piece.byteLength, encryptedSegmentSize: segment.byteLength });
      const last = piece.byteLength < segmentSize;
      yield segment;
      if (last) break;
    }
    manifest = {
      format: SEALED_FORMAT,
      encryptionInformation: {
        policy,
        keyAccess: [{ ...protectedKey, kas: kas.url, kid: kas.kid, policyBinding }],
        method: { algorithm: "AES-256-GCM", isStreamable: true },
        integrityInformation: {
          rootSignature: { alg: "HS256", sig: toBase64(await key.signTags(tags)) },
          segmentHashAlg: "GMAC",
          segmentSizeDefault: segmentSize,
          encryptedSegmentSizeDefault: segmentSize + SEGMENT_OVERHEAD,
          segments,
        },
      },
    };
  }
  return {
    segments: encrypt(),
    manifest() {
      if (manifest === undefined) throw new Error("the manifest is known only when the last segment was read");
      return manifest;
    },
  };
}
