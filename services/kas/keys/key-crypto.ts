import {
  constants, createCipheriv, createDecipheriv, createHash, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, privateDecrypt, publicEncrypt, randomBytes,
  type KeyObject,
} from "node:crypto";
import type { KeyProtection } from "@dive/common/sealed";
import { algorithmOf, type KasKey } from "./keyset.ts";

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** BaseTDF-KAO section 4.2: the salt of the key derivation. */
const SALT = createHash("sha256").update("TDF").digest();
const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" } as const;

/** A content key as it stands in a key access object. */
export interface WrappedKey {
  readonly alg: KeyProtection;
  readonly protectedKey: Buffer;
  /** With ECDH-HKDF: the sender's one-time public key, PEM. */
  readonly ephemeralKey?: string;
}

/**
 * Opens a content key with one of ours: the inverse of `protectKey` in @dive/common/sealed.
 * @throws {Error} when it was not made for this key. Which step failed must not reach the caller.
 */
export function unwrapKey(key: KasKey, { alg, protectedKey, ephemeralKey }: WrappedKey): Buffer {
  if (alg === "RSA-OAEP-256") {
    if (key.algorithm !== "rsa:2048") throw new Error(`${key.kid} is no RSA key`);
    return privateDecrypt({ key: key.privateKey, ...OAEP }, protectedKey);
  }
  if (key.algorithm !== "ec:secp256r1") throw new Error(`${key.kid} is no EC key`);
  const sender = createPublicKey(ephemeralKey ?? "");
  if (algorithmOf(sender) !== "ec:secp256r1") throw new Error("the sender's key is not on P-256");
  return decrypt(agree(key.privateKey, sender), protectedKey);
}

/** Re-encrypts content keys to one caller. */
export interface Rewrapper {
  /** Our one-time public key, PEM; empty when the caller's key is RSA. */
  readonly sessionPublicKey: string;
  /** Base64. */
  wrap(contentKey: Buffer): string;
}

/** The caller's one-time key cannot be used. */
export class ReceivingKeyError extends Error {}

/**
 * @param clientPublicKey SPKI, PEM: RSA-2048 or P-256
 * @throws {ReceivingKeyError} for anything else
 */
export function createRewrapper(clientPublicKey: string): Rewrapper {
  const client = readPublicKey(clientPublicKey);
  switch (algorithmOf(client)) {
    case "rsa:2048":
      return { sessionPublicKey: "", wrap: (contentKey) => publicEncrypt({ key: client, ...OAEP }, contentKey).toString("base64") };
    case "ec:secp256r1": {
      const session = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const wrapping = agree(session.privateKey, client);
      return {
        sessionPublicKey: session.publicKey.export({ type: "spki", format: "pem" }).toString(),
        wrap: (contentKey) => encrypt(wrapping, contentKey).toString("base64"),
      };
    }
    default:
      throw new ReceivingKeyError("clientPublicKey must be an RSA key of 2048 bits or an EC key on P-256");
  }
}

function readPublicKey(pem: string): KeyObject {
  // createPublicKey would take a private key or a certificate too.
  if (!/^\s*-----BEGIN PUBLIC KEY-----/.test(pem)) throw new ReceivingKeyError("clientPublicKey must be a PEM block of type PUBLIC KEY");
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new ReceivingKeyError("clientPublicKey cannot be read", { cause: error });
  }
}

function agree(privateKey: KeyObject, publicKey: KeyObject): Buffer {
  const secret = diffieHellman({ privateKey, publicKey });
  const key = Buffer.from(hkdfSync("sha256", secret, SALT, "", 32));
  secret.fill(0);
  return key;
}

function encrypt(key: Buffer, plaintext: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv);
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer): Buffer {
  if (sealed.byteLength < IV_BYTES + TAG_BYTES) throw new Error("the protected key is too short");
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
}
