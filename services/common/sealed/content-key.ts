// Runs in Node and in browsers: Web Crypto only.
import { concat, utf8, type Bytes } from "./bytes.ts";
import { SEGMENT_OVERHEAD } from "./manifest.ts";

/** Bytes of a content key. */
export const CONTENT_KEY_BYTES = 32;

/** What one content key does for one policy: it binds the policy, encrypts segments and signs their list. */
export interface ContentKey {
  /** HMAC-SHA256 of the policy's base64 text. */
  bindPolicy(): Promise<Bytes>;
  /** Compares in constant time. */
  policyIsBound(binding: Bytes): Promise<boolean>;
  /** IV, ciphertext and tag; opens only at this place of an object with this policy. */
  encryptSegment(index: number, plaintext: Bytes): Promise<Bytes>;
  /** @throws when it was changed, moved, or belongs to another policy or key */
  decryptSegment(index: number, segment: Bytes): Promise<Bytes>;
  /** HMAC-SHA256 over the hash of the policy and the tags in order. */
  signTags(tags: readonly Bytes[]): Promise<Bytes>;
  /** Compares in constant time. */
  tagsAreSigned(tags: readonly Bytes[], signature: Bytes): Promise<boolean>;
}

/** The tag of an encrypted segment: its last 16 bytes. */
export function tagOf(segment: Bytes): Bytes {
  return segment.slice(-16);
}

/** @param raw 32 random bytes, the caller's to erase afterwards @param policy the policy's base64 text, exactly as it is in the manifest */
export async function contentKey(raw: Bytes, policy: string): Promise<ContentKey> {
  if (raw.byteLength !== CONTENT_KEY_BYTES) throw new Error(`a content key has ${CONTENT_KEY_BYTES} bytes, got ${raw.byteLength}`);
  const cipher = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  const mac = await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
  const policyText = utf8(policy);
  const policyHash = new Uint8Array(await crypto.subtle.digest("SHA-256", policyText));
  // A segment's place is authenticated with it: the policy's hash and the index as 32 bits, big-endian.
  const placeOf = (index: number): Bytes => {
    const place = concat(policyHash, new Uint8Array(4));
    new DataView(place.buffer).setUint32(policyHash.byteLength, index);
    return place;
  };
  const gcm = (index: number, iv: Bytes) => ({ name: "AES-GCM", iv, additionalData: placeOf(index), tagLength: 128 });
  const signed = (tags: readonly Bytes[]) => concat(policyHash, ...tags);

  return {
    bindPolicy: async () => new Uint8Array(await crypto.subtle.sign("HMAC", mac, policyText)),
    policyIsBound: (binding) => crypto.subtle.verify("HMAC", mac, binding, policyText),
    async encryptSegment(index, plaintext) {
      // Random and fresh for each segment; the key is used for this object only (NIST SP 800-38D section 8.2.2).
      const iv = crypto.getRandomValues(new Uint8Array(12));
      return concat(iv, new Uint8Array(await crypto.subtle.encrypt(gcm(index, iv), cipher, plaintext)));
    },
    async decryptSegment(index, segment) {
      if (segment.byteLength < SEGMENT_OVERHEAD) throw new Error(`a segment has at least ${SEGMENT_OVERHEAD} bytes, got ${segment.byteLength}`);
      return new Uint8Array(await crypto.subtle.decrypt(gcm(index, segment.slice(0, 12)), cipher, segment.subarray(12)));
    },
    signTags: async (tags) => new Uint8Array(await crypto.subtle.sign("HMAC", mac, signed(tags))),
    tagsAreSigned: (tags, signature) => crypto.subtle.verify("HMAC", mac, signature, signed(tags)),
  };
}
