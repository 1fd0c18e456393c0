import { decodeBase64 } from "../keys/base64.ts";
import type { WrappedKey } from "../keys/key-crypto.ts";

/** A key access object as this KAS reads it. */
export interface ReadKeyAccess extends WrappedKey {
  readonly kid: string;
  /** Base64. */
  readonly binding: string;
}

/**
 * Reads a key access object by OpenTDF's present names or the former ones (BaseTDF-KAO section 7.1): `protectedKey` or
 * `wrappedKey`, `ephemeralKey` or `ephemeralPublicKey`, the binding as an object or as a bare text. The algorithm must be
 * named: what former versions left to be guessed (OAEP with SHA-1, XOR) is not done here.
 * @returns undefined when it is not one that can be opened
 */
export function readKeyAccess(object: Readonly<Record<string, unknown>>): ReadKeyAccess | undefined {
  const { alg, kid, protectedKey = object["wrappedKey"], ephemeralKey = object["ephemeralPublicKey"], policyBinding } = object;
  const binding = bindingOf(policyBinding);
  if (alg !== "RSA-OAEP-256" && alg !== "ECDH-HKDF") return undefined;
  if (typeof kid !== "string" || typeof protectedKey !== "string" || binding === undefined) return undefined;
  if (alg === "ECDH-HKDF" && typeof ephemeralKey !== "string") return undefined;
  const bytes = decodeBase64(protectedKey);
  if (bytes === undefined) return undefined;
  return { alg, kid, binding, protectedKey: bytes, ...(typeof ephemeralKey === "string" ? { ephemeralKey } : {}) };
}

function bindingOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const { alg, hash } = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  return alg === "HS256" && typeof hash === "string" ? hash : undefined;
}
