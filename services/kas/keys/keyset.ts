import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import type { KasAlgorithm } from "@dive/common/sealed";

/** One key pair of this KAS. */
export interface KasKey {
  readonly kid: string;
  readonly algorithm: KasAlgorithm;
  /** The higher, the newer. The newest of an algorithm is advertised, all others still unwrap. */
  readonly generation: number;
  readonly privateKey: KeyObject;
  /** SPKI, PEM. */
  readonly publicKeyPem: string;
  readonly publicKeyJwk: JsonWebKey;
}

/** All key pairs of this KAS. */
export interface Keyset {
  /** The key that `kid` names, if it is one of ours. */
  byId(kid: string): KasKey | undefined;
  /** The newest key of an algorithm: what objects are sealed with. */
  newest(algorithm: KasAlgorithm): KasKey;
}

/** The algorithms that a KAS must have a key of. */
export const KAS_ALGORITHMS = ["rsa:2048", "ec:secp256r1"] as const satisfies readonly KasAlgorithm[];

/**
 * Reads `{"keys": [{"kid", "algorithm", "generation", "privateKey": <PKCS#8, PEM>}, ...]}`.
 * @throws {Error} that names the key by its id or place, never its content, when one cannot be used or an algorithm has none
 */
export function parseKeyset(json: string): Keyset {
  const { keys: entries } = JSON.parse(json) as { keys?: unknown };
  if (!Array.isArray(entries)) throw new Error('must hold a list "keys"');
  const keys = entries.map(readKey);
  const byId = new Map(keys.map((key) => [key.kid, key]));
  if (byId.size < keys.length) throw new Error("two keys have the same kid");
  const newest = new Map(KAS_ALGORITHMS.map((algorithm) => [algorithm, newestOf(keys, algorithm)]));
  return {
    byId: (kid) => byId.get(kid),
    newest(algorithm) {
      const key = newest.get(algorithm);
      if (key === undefined) throw new Error(`no key of ${algorithm}`);
      return key;
    },
  };
}

function newestOf(keys: readonly KasKey[], algorithm: KasAlgorithm): KasKey {
  const [first, second] = keys.filter((key) => key.algorithm === algorithm).sort((a, b) => b.generation - a.generation);
  if (first === undefined) throw new Error(`there is no key of ${algorithm}`);
  if (first.generation === second?.generation) throw new Error(`${first.kid} and ${second.kid} have the same generation`);
  return first;
}

function readKey(entry: unknown, index: number): KasKey {
  const { kid, algorithm, generation, privateKey: pem } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof kid !== "string" || !/^[\w.:-]{1,64}$/.test(kid)) throw new Error(`keys[${index}].kid must be 1 to 64 letters, digits and _ . : -`);
  const known = KAS_ALGORITHMS.find((name) => name === algorithm);
  if (known === undefined) throw new Error(`key ${kid}: algorithm must be one of ${KAS_ALGORITHMS.join(", ")}`);
  if (typeof generation !== "number" || !Number.isInteger(generation) || generation < 1) throw new Error(`key ${kid}: generation must be a whole number from 1`);
  const privateKey = readPrivateKey(pem, kid);
  if (algorithmOf(privateKey) !== known) throw new Error(`key ${kid}: is no private key of ${known}`);
  const publicKey = createPublicKey(privateKey);
  return {
    kid, algorithm: known, generation, privateKey,
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    publicKeyJwk: { ...publicKey.export({ format: "jwk" }), kid },
  };
}

function readPrivateKey(pem: unknown, kid: string): KeyObject {
  try {
    return createPrivateKey(String(pem));
  } catch {
    // The cause may quote what it could not read.
    throw new Error(`key ${kid}: privateKey must be an unencrypted private key, PEM`);
  }
}

/** What kind of key it is; undefined for any that this KAS does not use. */
export function algorithmOf(key: KeyObject): KasAlgorithm | undefined {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa" && modulusLength === 2_048) return "rsa:2048";
  if (key.asymmetricKeyType === "ec" && namedCurve === "prime256v1") return "ec:secp256r1";
  return undefined;
}
