import { execFileSync } from "node:child_process";
import { X509Certificate, createPrivateKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Stored } from "../server/test-life.ts";
import { plain } from "../server/values.ts";

/** An authority of a test: PEM. */
export interface TestAuthority {
  readonly certificate: string;
  readonly key: string;
}

/** What the tables of this plugin work with, made by openssl so that nothing here proves itself by itself. All PEM. */
export interface World {
  readonly authority: TestAuthority;
  readonly other: TestAuthority;
  /** Two private keys, of RSA and of ECDSA. */
  readonly keys: readonly [string, string];
  /** Two requests, for `one` and for `two`. */
  readonly requests: readonly [string, string];
}

/** Makes a {@link World}. */
export function makeWorld(): World {
  const folder = mkdtempSync(join(tmpdir(), "dive-tls-table-"));
  const openssl = (...args: string[]): string => execFileSync("openssl", args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const authority = (name: string): TestAuthority => {
    openssl("req", "-x509", ...ec, "-keyout", `${name}.key`, "-out", `${name}.crt`, "-days", "2", "-subj", `/CN=${name}`, "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-addext", "keyUsage=critical,keyCertSign");
    return { certificate: read(`${name}.crt`), key: read(`${name}.key`) };
  };
  const request = (name: string): string => openssl("req", "-new", ...ec, "-keyout", `${name}.key`, "-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost");
  try {
    const keys = [openssl("genrsa", "2048"), openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout")] as const;
    return { authority: authority("authority"), other: authority("other"), keys, requests: [request("one"), request("two")] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What openssl says about a certificate request. */
export function describeRequest(pem: string): string {
  return execFileSync("openssl", ["req", "-noout", "-verify", "-text"], { input: pem, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
}

/** What openssl says about a certificate. */
export function describeCertificate(pem: string): string {
  return execFileSync("openssl", ["x509", "-noout", "-text"], { input: pem, encoding: "utf8" });
}

/** The state without its secrets' marks. */
export function stateOf(stored: Stored | undefined): Record<string, any> {
  return plain(stored?.state ?? {}) as Record<string, any>;
}

/** The certificate in the state. */
export const certificateOf = (stored: Stored | undefined): X509Certificate => new X509Certificate(stateOf(stored)["certPem"] as string);

/** Kind and size of the key in the state, e.g. `ec prime256v1`. */
export function keyOf(stored: Stored | undefined): string {
  const key = createPrivateKey(stateOf(stored)["privateKeyPem"] as string);
  return [key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyDetails?.modulusLength].filter(Boolean).join(" ");
}
