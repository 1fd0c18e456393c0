import { constants, createDecipheriv, createHash, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, privateDecrypt } from "node:crypto";
import type { KasAlgorithm, KeyAccess, Rewrap, SealingKas } from "../sealed/index.ts";

/** A KAS's key pair of a test, and a `rewrap` that gives the key to everybody: by node:crypto, so that it checks Web Crypto. */
export function createSealingKey(algorithm: KasAlgorithm, url = "https://localhost:9000") {
  const pair = algorithm === "rsa:2048" ? generateKeyPairSync("rsa", { modulusLength: 2_048 }) : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kas: SealingKas = { url, kid: `${algorithm}-1`, algorithm, publicKey: pair.publicKey.export({ type: "spki", format: "pem" }).toString() };
  const rewrap: Rewrap = async ({ keyAccess }) => unwrap(keyAccess);

  function unwrap({ alg, protectedKey, ephemeralKey }: KeyAccess): Buffer {
    const bytes = Buffer.from(protectedKey, "base64");
    if (alg === "RSA-OAEP-256") return privateDecrypt({ key: pair.privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha256" }, bytes);
    const secret = diffieHellman({ privateKey: pair.privateKey, publicKey: createPublicKey(ephemeralKey ?? "") });
    const key = Buffer.from(hkdfSync("sha256", secret, createHash("sha256").update("TDF").digest(), "", 32));
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12)).setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
  }
  return { kas, rewrap, privateKeyPem: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
}
