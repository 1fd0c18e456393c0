// Runs in Node and in browsers: Web Crypto only.
import { concat, fromBase64, fromPem, toBase64, toPem, utf8, type Bytes } from "./bytes.ts";
import type { KeyProtection } from "./manifest.ts";

/** Key pairs of a KAS, and one-time key pairs of its callers, as OpenTDF names them (BaseTDF-KAS section 2.4). */
export type KasAlgorithm = "rsa:2048" | "ec:secp256r1";

/** A content key that only the holder of a private key can read. */
export interface ProtectedKey {
  readonly alg: KeyProtection;
  /** Base64. */
  readonly protectedKey: string;
  /** PEM; with ECDH-HKDF only. */
  readonly ephemeralKey?: string;
}

const RSA = { name: "RSA-OAEP", hash: "SHA-256" } as const;
const EC = { name: "ECDH", namedCurve: "P-256" } as const;
const IV_BYTES = 12;

/**
 * Protects `key` for the holder of a public key. RSA: OAEP with SHA-256. EC: one-time ECDH on P-256, HKDF-SHA256 with the
 * salt SHA-256("TDF") and no info, AES-256-GCM (BaseTDF-KAO sections 4.1 and 4.2).
 * @param publicKey SPKI, PEM
 */
export async function protectKey(key: Bytes, publicKey: string, algorithm: KasAlgorithm): Promise<ProtectedKey> {
  if (algorithm === "rsa:2048") {
    const rsa = await crypto.subtle.importKey("spki", fromPem(publicKey, "PUBLIC KEY"), RSA, false, ["encrypt"]);
    return { alg: "RSA-OAEP-256", protectedKey: toBase64(new Uint8Array(await crypto.subtle.encrypt(RSA, rsa, key))) };
  }
  const oneTime = await crypto.subtle.generateKey(EC, true, ["deriveBits"]);
  const wrapping = await agree(oneTime.privateKey, await importEcPublicKey(publicKey), "encrypt");
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, wrapping, key));
  return { alg: "ECDH-HKDF", protectedKey: toBase64(concat(iv, sealed)), ephemeralKey: await exportPublicKey(oneTime.publicKey) };
}

/** A one-time key pair to which a KAS re-encrypts a content key. */
export interface ReceivingKey {
  /** SPKI, PEM: goes into the request. */
  readonly publicKey: string;
  /**
   * Opens what the KAS answered.
   * @param sessionPublicKey the KAS's one-time key, PEM; needed with EC, empty with RSA
   * @throws {Error} when it was not made for this key
   */
  open(wrappedKey: string, sessionPublicKey: string): Promise<Bytes>;
}

/** Makes a one-time key pair. */
export async function createReceivingKey(algorithm: KasAlgorithm): Promise<ReceivingKey> {
  if (algorithm === "rsa:2048") {
    const parameters = { ...RSA, modulusLength: 2_048, publicExponent: new Uint8Array([1, 0, 1]) };
    const { publicKey, privateKey } = await crypto.subtle.generateKey(parameters, false, ["encrypt", "decrypt"]);
    return {
      publicKey: await exportPublicKey(publicKey),
      open: async (wrappedKey) => new Uint8Array(await crypto.subtle.decrypt(RSA, privateKey, fromBase64(wrappedKey, "the wrapped key"))),
    };
  }
  const { publicKey, privateKey } = await crypto.subtle.generateKey(EC, false, ["deriveBits"]);
  return {
    publicKey: await exportPublicKey(publicKey),
    async open(wrappedKey, sessionPublicKey) {
      const wrapping = await agree(privateKey, await importEcPublicKey(sessionPublicKey), "decrypt");
      const bytes = fromBase64(wrappedKey, "the wrapped key");
      return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.subarray(0, IV_BYTES) }, wrapping, bytes.subarray(IV_BYTES)));
    },
  };
}

/** The AES-256-GCM key that both sides derive. */
async function agree(privateKey: CryptoKey, publicKey: CryptoKey, use: "encrypt" | "decrypt"): Promise<CryptoKey> {
  const secret = await crypto.subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, 256);
  const material = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const salt = await crypto.subtle.digest("SHA-256", utf8("TDF"));
  const hkdf = { name: "HKDF", hash: "SHA-256", salt, info: new Uint8Array(0) };
  return crypto.subtle.deriveKey(hkdf, material, { name: "AES-GCM", length: 256 }, false, [use]);
}

function importEcPublicKey(pem: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("spki", fromPem(pem, "PUBLIC KEY"), EC, false, []);
}

async function exportPublicKey(key: CryptoKey): Promise<string> {
  return toPem(new Uint8Array(await crypto.subtle.exportKey("spki", key)), "PUBLIC KEY");
}
