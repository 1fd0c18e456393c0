import { type KeyObject, createHash } from "node:crypto";

/** A public key in the forms of OpenSSH. */
export interface OpensshKey {
  /** A line for `authorized_keys`, with a new line at the end. */
  readonly line: string;
  /** `aa:bb:...` */
  readonly md5: string;
  /** `SHA256:<base64 without padding>` */
  readonly sha256: string;
}

/** The OpenSSH form (RFC 4253, 5656 and 8709) of an RSA, ECDSA or Ed25519 public key. */
export function openssh(key: KeyObject): OpensshKey {
  const { name, parts } = fields(key);
  const blob = Buffer.concat([Buffer.from(name), ...parts].map(lengthPrefixed));
  const md5 = createHash("md5").update(blob).digest("hex").match(/../g)?.join(":") ?? "";
  return {
    line: `${name} ${blob.toString("base64")}\n`,
    md5,
    sha256: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
  };
}

function fields(key: KeyObject): { name: string; parts: Buffer[] } {
  const jwk = key.export({ format: "jwk" });
  const bytes = (member: string | undefined): Buffer => Buffer.from(member ?? "", "base64url");
  switch (jwk.kty) {
    case "RSA":
      return { name: "ssh-rsa", parts: [positive(bytes(jwk.e)), positive(bytes(jwk.n))] };
    case "OKP":
      return { name: "ssh-ed25519", parts: [bytes(jwk.x)] };
    case "EC": {
      const curve = `nistp${String(jwk.crv).slice("P-".length)}`;
      return { name: `ecdsa-sha2-${curve}`, parts: [Buffer.from(curve), Buffer.concat([Buffer.of(4), bytes(jwk.x), bytes(jwk.y)])] };
    }
    default:
      throw new Error(`keys of type ${String(jwk.kty)} have no OpenSSH form`);
  }
}

// The format's integers are signed: a leading one bit would make the number negative.
function positive(bytes: Buffer): Buffer {
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

function lengthPrefixed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
