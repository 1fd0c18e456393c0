import { type KeyObject, createHash, createPrivateKey, createPublicKey } from "node:crypto";

/** Key algorithms by the official names. */
export type KeyAlgorithm = "RSA" | "ECDSA" | "ED25519";

/** Official curve names with those of node:crypto. P224, the official default, is missing: WebCrypto and Java do not know it. */
export const curves = { P256: "P-256", P384: "P-384", P521: "P-521" } as const;

/** How a key signs in WebCrypto, as Go's crypto/x509 chooses it: the hash as strong as the curve. */
export type SigningAlgorithm = { name: "RSASSA-PKCS1-v1_5"; hash: string } | { name: "ECDSA"; namedCurve: string; hash: string } | { name: "Ed25519" };

/**
 * Reads a private key from PEM (PKCS#1, SEC1 or PKCS#8).
 *
 * @param what The property it came from, for the error.
 * @throws Error that never repeats the key.
 */
export function readPrivateKey(pem: string, what: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new Error(`${what} is not a private key in PEM (PKCS#1, SEC1 or PKCS#8, unencrypted)`, { cause });
  }
}

/** The official name of a key's algorithm. */
export function algorithmOf(key: KeyObject): KeyAlgorithm {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return "RSA";
    case "ec":
      return "ECDSA";
    case "ed25519":
      return "ED25519";
    default:
      throw new Error(`keys of type ${key.asymmetricKeyType} are not supported; supported: rsa, ec, ed25519`);
  }
}

/** The signature algorithm for a key. */
export function signingAlgorithm(key: KeyObject): SigningAlgorithm {
  switch (algorithmOf(key)) {
    case "RSA":
      return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    case "ED25519":
      return { name: "Ed25519" };
    case "ECDSA": {
      const hashes: Record<string, [string, string]> = { prime256v1: ["P-256", "SHA-256"], secp384r1: ["P-384", "SHA-384"], secp521r1: ["P-521", "SHA-512"] };
      const curve = key.asymmetricKeyDetails?.namedCurve ?? "unknown";
      const found = hashes[curve];
      if (found === undefined) throw new Error(`the curve ${curve} is not supported; supported: ${Object.keys(hashes).join(", ")}`);
      return { name: "ECDSA", namedCurve: found[0], hash: found[1] };
    }
  }
}

/**
 * A key for WebCrypto, which @peculiar/x509 works with.
 *
 * Node and the DOM library each declare the type CryptoKey; the library wants the latter, and they are the same at run time.
 */
export function webKey(key: KeyObject): CryptoKey {
  return key.toCryptoKey(signingAlgorithm(key), true, [key.type === "private" ? "sign" : "verify"]) as CryptoKey;
}

/** Both halves of a private key, for WebCrypto. */
export function webKeyPair(key: KeyObject): CryptoKeyPair {
  return { privateKey: webKey(key), publicKey: webKey(createPublicKey(key)) };
}

/** The id that the official plugin gives to keys and requests: SHA-1 of the DER bytes, in hex. It identifies; nothing is secured by it. */
export function sha1Id(der: Uint8Array): string {
  return createHash("sha1").update(der).digest("hex");
}

/** PEM as official outputs have it: with a new line at the end. */
export function pem(label: string, der: ArrayBuffer): string {
  const lines = Buffer.from(der).toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
