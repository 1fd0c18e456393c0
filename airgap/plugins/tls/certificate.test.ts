import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CallContext } from "../server/resource-type.ts";
import { certRequest } from "./cert-request.ts";
import { locallySignedCert } from "./locally-signed-cert.ts";
import { privateKey } from "./private-key.ts";

const context: CallContext = { urn: "urn:pulumi:test::tls::t::n", signal: new AbortController().signal, timeoutSeconds: 0 };
const folder = mkdtempSync(join(tmpdir(), "dive-tls-"));
const file = (name: string): string => join(folder, name);
const openssl = (...args: string[]): string => execFileSync("openssl", args, { cwd: folder, encoding: "utf8", stdio: "pipe" });
const keys = [{ algorithm: "ECDSA", ecdsaCurve: "P256" }, { algorithm: "ECDSA", ecdsaCurve: "P384" }, { algorithm: "RSA" }, { algorithm: "ED25519" }];
const uses = { allowedUses: ["digital_signature", "key_encipherment", "server_auth", "client_auth"], validityPeriodHours: 48, earlyRenewalHours: 1, setSubjectKeyId: true };

// Roots as mkcert makes them (a path of length 0), with a name that only an exact copy of its bytes matches.
beforeAll(() => {
  for (const [name, algorithm] of Object.entries({ rsa: ["rsa:2048"], ec: ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"] })) {
    openssl("req", "-x509", "-newkey", ...algorithm, "-nodes", "-keyout", `${name}.key`, "-out", `${name}.crt`, "-days", "2", "-utf8", "-subj", "/O=dive tests/CN=racine é",
      "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-addext", "keyUsage=critical,keyCertSign");
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

async function leaf(ca: string, keyArgs: (typeof keys)[number], more: object = {}) {
  const key = await privateKey.create(undefined, keyArgs as never, context);
  const request = await certRequest.create(
    undefined,
    { privateKeyPem: key.state.privateKeyPem as string, subject: { commonName: "hub", organization: "DIVE", country: "US" }, dnsNames: ["localhost", "dive-hub-keycloak"], ipAddresses: ["127.0.0.1", "::1"], uris: ["spiffe://dive/hub"] },
    context,
  );
  const inputs = { certRequestPem: request.state.certRequestPem as string, caCertPem: readFileSync(file(`${ca}.crt`), "utf8"), caPrivateKeyPem: readFileSync(file(`${ca}.key`), "utf8"), ...uses, ...more };
  return { key, request, inputs, cert: await locallySignedCert.create(undefined, inputs, context) };
}

describe.each(["rsa", "ec"])("a certificate signed by a CA with a key of kind %s", { timeout: 60_000 }, (ca) => {
  it.each(keys)("verifies strictly in openssl: $algorithm $ecdsaCurve", async (keyArgs) => {
    const { key, request, cert } = await leaf(ca, keyArgs);
    writeFileSync(file("leaf.crt"), cert.state.certPem as string);
    writeFileSync(file("leaf.csr"), request.state.certRequestPem as string);
    expect(openssl("req", "-in", "leaf.csr", "-verify", "-noout", "-subject")).toContain("CN = hub");
    for (const check of [["-purpose", "sslserver", "-verify_hostname", "dive-hub-keycloak"], ["-purpose", "sslclient", "-verify_ip", "::1"]]) {
      expect(openssl("verify", "-x509_strict", ...check, "-CAfile", `${ca}.crt`, "leaf.crt")).toBe("leaf.crt: OK\n");
    }
    expect(openssl("x509", "-in", "leaf.crt", "-noout", "-pubkey")).toBe(key.state.publicKeyPem);
  });
});

describe("a certificate", { timeout: 60_000 }, () => {
  it("says what it may be used for, and by whom it was signed", async () => {
    const { cert } = await leaf("ec", keys[0] as (typeof keys)[number]);
    const parsed = new X509Certificate(cert.state.certPem as string);
    expect(parsed.ca).toBe(false);
    expect(parsed.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    expect(BigInt(`0x${parsed.serialNumber}`).toString()).toBe(cert.id);
    expect(parsed.subjectAltName).toBe("DNS:localhost, DNS:dive-hub-keycloak, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, URI:spiffe://dive/hub");
    writeFileSync(file("leaf.crt"), cert.state.certPem as string);
    const keyId = openssl("x509", "-in", "ec.crt", "-noout", "-ext", "subjectKeyIdentifier").split("\n")[1]?.trim();
    expect(openssl("x509", "-in", "leaf.crt", "-noout", "-ext", "authorityKeyIdentifier,keyUsage,basicConstraints")).toMatch(new RegExp(`CA:FALSE[^]*Digital Signature, Key Encipherment[^]*${keyId}`));
  });

  it("is accepted by Node on both sides of a mutual TLS connection", async () => {
    const { cert, key, inputs } = await leaf("rsa", keys[0] as (typeof keys)[number]);
    const identity = { cert: cert.state.certPem as string, key: key.state.privateKeyPem as string, ca: inputs.caCertPem };
    const server = tls.createServer({ ...identity, requestCert: true, rejectUnauthorized: true }, (socket) => socket.end("hello")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = tls.connect({ ...identity, socket: connect((server.address() as AddressInfo).port, "127.0.0.1"), servername: "localhost" });
    const [data] = (await once(client, "data")) as [Buffer];
    expect(data.toString()).toBe("hello");
    server.close();
  });

  it("asks for its replacement when its renewal is due, and only then", async () => {
    const { cert, inputs } = await leaf("ec", keys[0] as (typeof keys)[number]);
    expect(locallySignedCert.outdated?.(cert.state, inputs)).toEqual([]);
    const soon = { ...cert.state, validityEndTime: new Date(Date.now() + 30 * 60_000).toISOString() };
    expect(locallySignedCert.outdated?.(soon, inputs)).toEqual(["readyForRenewal"]);
    expect((await locallySignedCert.read(undefined, cert.id, soon, context))?.state.readyForRenewal).toBe(true);
  });

  it("is refused when the CA's key is another one's, or the CA is none", async () => {
    const { inputs, cert, key } = await leaf("ec", keys[0] as (typeof keys)[number]);
    await expect(locallySignedCert.create(undefined, { ...inputs, caPrivateKeyPem: readFileSync(file("rsa.key"), "utf8") }, context)).rejects.toThrow("does not belong to caCertPem");
    await expect(locallySignedCert.create(undefined, { ...inputs, caCertPem: cert.state.certPem as string, caPrivateKeyPem: key.state.privateKeyPem as string }, context)).rejects.toThrow("is not a CA certificate");
  });

  it("cannot live shorter than its renewal time", () => {
    const args = { certRequestPem: "", caCertPem: "", caPrivateKeyPem: "", ...uses };
    expect(locallySignedCert.check?.(args)).toEqual([]);
    expect(locallySignedCert.check?.({ ...args, earlyRenewalHours: 48 })).toMatchObject([{ property: "earlyRenewalHours" }]);
  });
});

describe("a private key", () => {
  it("has the official forms, and OpenSSH's own fingerprint", async () => {
    const { state } = await privateKey.create(undefined, { algorithm: "RSA" }, context);
    expect(state.privateKeyPem).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    expect(state.privateKeyPemPkcs8).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    writeFileSync(file("key.pub"), state.publicKeyOpenssh as string);
    expect(execFileSync("ssh-keygen", ["-l", "-f", file("key.pub")], { encoding: "utf8" })).toContain(state.publicKeyFingerprintSha256 as string);
  });

  it("needs a curve for ECDSA", () => {
    expect(privateKey.check?.({ algorithm: "ECDSA" })).toMatchObject([{ property: "ecdsaCurve" }]);
  });
});
