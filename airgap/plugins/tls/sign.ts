import { type KeyObject, X509Certificate, randomBytes } from "node:crypto";
import type * as X509 from "@peculiar/x509";
import { readPrivateKey, signingAlgorithm, webKey } from "./keys.ts";
import { splitUses } from "./uses.ts";
import { loadX509 } from "./x509.ts";

/** What a certificate shall say; everything else comes from the request and from the CA. */
export interface CertificateTerms {
  readonly certRequestPem: string;
  readonly caCertPem: string;
  readonly caPrivateKeyPem: string;
  readonly allowedUses: readonly string[];
  readonly isCa: boolean;
  readonly subjectKeyId: boolean;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** A signed certificate, and the key that signed it. */
export interface Signed {
  readonly der: ArrayBuffer;
  /** Decimal, as the official id is. */
  readonly serialNumber: string;
  readonly caKey: KeyObject;
}

/**
 * Signs a request with a CA.
 *
 * @throws Error when the CA's key does not fit its certificate, the CA is none, or the request's own signature is wrong.
 */
export async function sign(terms: CertificateTerms): Promise<Signed> {
  const x509 = await loadX509();
  const caKey = readPrivateKey(terms.caPrivateKeyPem, "caPrivateKeyPem");
  const ca = readCa(x509, terms.caCertPem, caKey);
  const request = parse("certRequestPem", "certificate request", () => new x509.Pkcs10CertificateRequest(terms.certRequestPem));
  if (!(await request.verify())) throw new Error("certRequestPem: the request's own signature is wrong, so its sender did not hold the key");
  // 127 random bits: unique without a register, and positive as RFC 5280 wants.
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial.toString("hex"),
    // Names are taken over as bytes: Java compares issuer and subject that way.
    issuer: ca.subjectName,
    subject: request.subjectName,
    publicKey: request.publicKey,
    notBefore: terms.notBefore,
    notAfter: terms.notAfter,
    signingKey: webKey(caKey),
    signingAlgorithm: signingAlgorithm(caKey),
    extensions: await extensions(x509, terms, ca, request),
  });
  return { der: certificate.rawData, serialNumber: BigInt(`0x${serial.toString("hex")}`).toString(), caKey };
}

function parse<T>(property: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(`${property} is not a ${what} in PEM`, { cause });
  }
}

function readCa(x509: typeof X509, caCertPem: string, caKey: KeyObject): X509.X509Certificate {
  const parsed = parse("caCertPem", "certificate", () => new X509Certificate(caCertPem));
  if (!parsed.checkPrivateKey(caKey)) throw new Error(`caPrivateKeyPem does not belong to caCertPem (${parsed.subject.replaceAll("\n", ", ")})`);
  if (!parsed.ca) throw new Error(`caCertPem (${parsed.subject.replaceAll("\n", ", ")}) is not a CA certificate: its basic constraints do not say so`);
  return new x509.X509Certificate(parsed.raw as Uint8Array<ArrayBuffer>);
}

async function extensions(x509: typeof X509, terms: CertificateTerms, ca: X509.X509Certificate, request: X509.Pkcs10CertificateRequest): Promise<X509.Extension[]> {
  const { bits, identifiers } = splitUses(terms.allowedUses);
  const list: X509.Extension[] = [new x509.BasicConstraintsExtension(terms.isCa, undefined, true)];
  if (bits !== 0) list.push(new x509.KeyUsagesExtension(bits, true));
  if (identifiers.length > 0) list.push(new x509.ExtendedKeyUsageExtension(identifiers));
  // A CA always has a key id: its leaves point to it.
  if (terms.subjectKeyId || terms.isCa) list.push(await x509.SubjectKeyIdentifierExtension.create(request.publicKey));
  const issuerKeyId = ca.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  if (issuerKeyId !== undefined) list.push(new x509.AuthorityKeyIdentifierExtension(issuerKeyId));
  const names = request.extensions.find((extension) => extension instanceof x509.SubjectAlternativeNameExtension);
  // RFC 5280 section 4.2.1.6: critical when the subject says nothing.
  if (names !== undefined) list.push(new x509.Extension(names.type, request.subject === "", names.value));
  return list;
}
