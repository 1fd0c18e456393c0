import { randomBytes } from "node:crypto";
import type { Probe } from "@dive/common";
import { protectKey } from "@dive/common/sealed";
import { unwrapKey } from "./key-crypto.ts";
import { KAS_ALGORITHMS, type Keyset } from "./keyset.ts";

/** The keys are up when what is sealed with the newest of each algorithm can be opened again. */
export function keysProbe(keyset: Keyset): Probe {
  return async () => {
    for (const algorithm of KAS_ALGORITHMS) {
      const key = keyset.newest(algorithm);
      const sample = Uint8Array.from(randomBytes(32));
      const { alg, protectedKey, ephemeralKey } = await protectKey(sample, key.publicKeyPem, algorithm);
      const opened = unwrapKey(key, { alg, protectedKey: Buffer.from(protectedKey, "base64"), ...(ephemeralKey === undefined ? {} : { ephemeralKey }) });
      if (!opened.equals(sample)) throw new Error(`key ${key.kid} does not open what it closed`);
    }
  };
}
