import { readFileSync } from "node:fs";
import { checkServerIdentity, type ConnectionOptions } from "node:tls";
import type { Config } from "./config.ts";

/**
 * libpq's `sslmode` in terms of Node's TLS; `false` is no TLS.
 *
 * `verify-full` verifies the certificate and the host name, `verify-ca` the certificate alone. `require` with an `sslrootcert` means
 * `verify-ca`, as in libpq; without one libpq would encrypt without knowing to whom, which is refused here.
 * @throws Error naming the setting and what is allowed
 */
export function tlsOptions(config: Pick<Config, "host" | "sslmode" | "sslrootcert">): ConnectionOptions | false {
  const { host, sslmode = "require", sslrootcert } = config;
  if (sslmode === "disable") return false;
  if (sslmode === "require" && !sslrootcert) {
    throw new Error("postgresql provider: sslmode require without sslrootcert would not verify the server; give sslrootcert (the path of a PEM file), or set sslmode to verify-full");
  }
  if (!["require", "verify-ca", "verify-full"].includes(sslmode)) {
    throw new Error(`postgresql provider: sslmode must be disable, require, verify-ca or verify-full, got ${JSON.stringify(sslmode)}`);
  }
  const ca = sslrootcert ? { ca: readRoot(sslrootcert) } : {};
  const identity: ConnectionOptions["checkServerIdentity"] = sslmode === "verify-full" ? (_name, certificate) => checkServerIdentity(host!, certificate) : () => undefined;
  return { ...ca, rejectUnauthorized: true, checkServerIdentity: identity };
}

function readRoot(path: string): string {
  if (path.includes("-----BEGIN")) throw new Error("postgresql provider: sslrootcert must be the path of a PEM file, got the PEM text itself");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`postgresql provider: sslrootcert ${JSON.stringify(path)} cannot be read`, { cause: error });
  }
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new Error(`postgresql provider: sslrootcert ${JSON.stringify(path)} holds no PEM certificate`);
  return text;
}
