// tsyringe, inside x509, needs the polyfill before it is loaded.
import "reflect-metadata";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";

/** The same certificate, of the same key, by the same authority, with another end. @param caRoot folder with rootCA.pem and rootCA-key.pem */
export async function reissued(certificate: string, caRoot: string, notAfter: Date): Promise<string> {
  const [caPem, caKeyPem] = await Promise.all(["rootCA.pem", "rootCA-key.pem"].map((file) => readFile(join(caRoot, file), "utf8")));
  const [old, ca] = [new x509.X509Certificate(certificate), new x509.X509Certificate(caPem!)];
  const algorithm = { ...ca.publicKey.algorithm, hash: "SHA-256" };
  const signingKey = await crypto.subtle.importKey("pkcs8", x509.PemConverter.decodeFirst(caKeyPem!), algorithm, false, ["sign"]);
  const renewed = await x509.X509CertificateGenerator.create({
    subject: old.subject,
    issuer: ca.subject,
    notBefore: old.notBefore,
    notAfter,
    publicKey: old.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: old.extensions,
  });
  return renewed.toString("pem");
}
