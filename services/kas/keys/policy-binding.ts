import { createHmac, timingSafeEqual } from "node:crypto";
import { decodeBase64 } from "./base64.ts";

/**
 * Whether `binding` is the HMAC-SHA256 of the policy's text under the content key, compared in constant time.
 * OpenTDF's specification says base64 of the HMAC, its older clients write base64 of its hexadecimal digits: both are
 * taken (BaseTDF-KAO section 5.5).
 */
export function policyIsBound(contentKey: Buffer, policy: string, binding: string): boolean {
  const expected = createHmac("sha256", contentKey).update(policy).digest();
  const decoded = decodeBase64(binding);
  if (decoded === undefined) return false;
  const hexadecimal = decoded.byteLength === 64 && /^[0-9a-f]{64}$/i.test(decoded.toString("latin1"));
  const given = hexadecimal ? Buffer.from(decoded.toString("latin1"), "hex") : decoded;
  return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
}
