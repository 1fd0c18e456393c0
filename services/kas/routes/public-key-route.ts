import { DiveError } from "@dive/common";
import { PUBLIC_KEY_PATH } from "@dive/common/kas-client";
import type { FastifyInstance } from "fastify";
import { KAS_ALGORITHMS, type Keyset } from "../keys/keyset.ts";

const QUERY = {
  type: "object",
  properties: {
    algorithm: { type: "string", maxLength: 64, default: "rsa:2048" },
    fmt: { type: "string", enum: ["pkcs8", "jwk"], default: "pkcs8" },
    v: { type: "string", maxLength: 8 },
  },
} as const;

interface PublicKeyQuery {
  readonly algorithm: string;
  readonly fmt: "pkcs8" | "jwk";
  readonly v?: string;
}

/** `GET /kas/v2/kas_public_key`: the newest public key of an algorithm, which objects are to be sealed with (BaseTDF-KAS section 2). */
export function registerPublicKeyRoute(app: FastifyInstance, keyset: Keyset): void {
  app.get<{ Querystring: PublicKeyQuery }>(PUBLIC_KEY_PATH, { schema: { querystring: QUERY } }, async ({ query }, reply) => {
    const algorithm = KAS_ALGORITHMS.find((name) => name === query.algorithm);
    if (algorithm === undefined) {
      throw new DiveError(`There is no key of this algorithm; there are keys of ${KAS_ALGORITHMS.join(" and ")}.`, { code: "DIVE_ERR_KAS_ALGORITHM", statusCode: 404 });
    }
    const { publicKeyPem, publicKeyJwk, kid } = keyset.newest(algorithm);
    const publicKey = query.fmt === "jwk" ? JSON.stringify(publicKeyJwk) : publicKeyPem;
    // Clients of the first version do not know the id.
    return reply.send(query.v === "1" ? { publicKey } : { publicKey, kid });
  });
}
