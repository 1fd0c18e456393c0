// The certificate library finds its algorithms by decorators, which need this first.
import "reflect-metadata";
import { AuthorityKeyIdentifierExtension, BasicConstraintsExtension, SubjectAlternativeNameExtension, SubjectKeyIdentifierExtension, X509CertificateGenerator } from "@peculiar/x509";

/** A certificate with its key, PEM. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Makes a throw-away root and leaves signed by it, for tests that speak TLS. Valid for one day. All have one name and are told apart by key ids, as ours. */
export async function createTestCa() {
  const keys = await makeKeys();
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 86_400_000), signingAlgorithm: ALGORITHM };
  const root = await X509CertificateGenerator.createSelfSigned({
    ...validity, keys, name: "CN=test root", serialNumber: "01", extensions: [new BasicConstraintsExtension(true, 0, true), await SubjectKeyIdentifierExtension.create(keys.publicKey)],
  });
  return {
    cert: root.toString("pem"),
    /** A leaf with the common name `name`, valid for DNS name `localhost` and 127.0.0.1. */
    async leaf(name: string): Promise<TestCertificate> {
      const own = await makeKeys();
      const certificate = await X509CertificateGenerator.create({
        ...validity, subject: `CN=${name}`, issuer: root.subject, publicKey: own.publicKey, signingKey: keys.privateKey, serialNumber: "02",
        extensions: [
          new SubjectAlternativeNameExtension([{ type: "dns", value: "localhost" }, { type: "ip", value: "127.0.0.1" }]),
          await AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ],
      });
      const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", own.privateKey)).toString("base64");
      return { cert: certificate.toString("pem"), key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n` };
    },
  };
}

function makeKeys() {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}
