import { type KeyObject, createPublicKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import type { PrivateKeyArgs, PrivateKeyState } from "@pulumi/tls";
import type { ResourceType } from "../server/resource-type.ts";
import type { Plain } from "../server/unwrap.ts";
import { curves, sha1Id } from "./keys.ts";
import { openssh } from "./openssh.ts";

type Args = Plain<PrivateKeyArgs>;
type State = Plain<PrivateKeyState>;

const generate = promisify(generateKeyPair);

/**
 * `tls.PrivateKey`. Made once; every property replaces. Its id is the SHA-1 of the public key.
 *
 * The official output `privateKeyOpenssh` is left out: node:crypto cannot write that format, and nothing uses it.
 */
export const privateKey: ResourceType<undefined, Args, State> = {
  token: "tls:index/privateKey:PrivateKey",
  inputs: {
    algorithm: { type: "string", required: true, oneOf: ["RSA", "ECDSA", "ED25519"], replaces: true },
    ecdsaCurve: { type: "string", oneOf: Object.keys(curves), replaces: true },
    rsaBits: { type: "number", replaces: true },
  },
  computed: ["privateKeyPem", "privateKeyPemPkcs8", "publicKeyPem", "publicKeyOpenssh", "publicKeyFingerprintMd5", "publicKeyFingerprintSha256", "rsaBits", "ecdsaCurve"],
  secretOutputs: ["privateKeyPem", "privateKeyPemPkcs8"],

  check({ algorithm, ecdsaCurve, rsaBits }) {
    const failures: { property: string; reason: string }[] = [];
    if (algorithm === "ECDSA" && ecdsaCurve === undefined) {
      failures.push({ property: "ecdsaCurve", reason: `must be given for ECDSA: the official default P224 is not supported; allowed: ${Object.keys(curves).join(", ")}` });
    }
    if (rsaBits !== undefined && (!Number.isInteger(rsaBits) || rsaBits < 2048 || rsaBits > 8192)) {
      failures.push({ property: "rsaBits", reason: `must be a whole number from 2048 to 8192; given: ${rsaBits}` });
    }
    return failures;
  },

  async create(_client, args) {
    const rsaBits = args.rsaBits ?? 2048;
    const key = await makeKey(args, rsaBits);
    const publicKey = createPublicKey(key);
    const ssh = openssh(publicKey);
    const traditional = ({ rsa: "pkcs1", ec: "sec1" } as const)[key.asymmetricKeyType as "rsa" | "ec"] ?? "pkcs8";
    return {
      id: sha1Id(publicKey.export({ type: "spki", format: "der" })),
      state: {
        ...args,
        rsaBits,
        // The official plugin notes its default for every algorithm, and would replace a key whose state lacks it.
        ecdsaCurve: args.ecdsaCurve ?? "P224",
        privateKeyPem: key.export({ type: traditional, format: "pem" }).toString(),
        privateKeyPemPkcs8: key.export({ type: "pkcs8", format: "pem" }).toString(),
        publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
        publicKeyOpenssh: ssh.line,
        publicKeyFingerprintMd5: ssh.md5,
        publicKeyFingerprintSha256: ssh.sha256,
      },
    };
  },

  async read(_client, id, state) {
    if (state.privateKeyPem === undefined) throw new Error("a private key cannot be imported, as with the official plugin: the state is all there is");
    return { id, state, inputs: {} };
  },

  async delete() {},
};

async function makeKey({ algorithm, ecdsaCurve }: Args, rsaBits: number): Promise<KeyObject> {
  switch (algorithm) {
    case "RSA":
      return (await generate("rsa", { modulusLength: rsaBits })).privateKey;
    case "ECDSA":
      return (await generate("ec", { namedCurve: curves[ecdsaCurve as keyof typeof curves] })).privateKey;
    default:
      return (await generate("ed25519")).privateKey;
  }
}
