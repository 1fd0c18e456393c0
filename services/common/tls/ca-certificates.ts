import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

/**
 * Reads the certificate authorities that this process trusts, from one or more PEM files (each may hold several).
 * This is the one place that decides trust: the result goes into every TLS client, in place of the system's store,
 * so a public CA cannot vouch for a service of ours. Duplicates are dropped.
 * @throws {Error} naming the file when it cannot be read, holds no certificate, or one that does not parse.
 */
export function loadCACertificates(...files: readonly string[]): readonly string[] {
  const found = files.flatMap((file) => {
    try {
      return splitCertificates(readFileSync(file, "utf8"));
    } catch (error) {
      throw new Error(`CA file ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  });
  return [...new Set(found)];
}

/**
 * The single certificates of a PEM text, each checked by parsing it; other PEM blocks are an error.
 * @throws {Error} when there is none, or one does not parse.
 */
export function splitCertificates(pem: string): readonly string[] {
  const blocks = pem.match(/-----BEGIN ([A-Z0-9 ]+)-----[\s\S]+?-----END \1-----/g) ?? [];
  if (blocks.length === 0) throw new Error("holds no PEM certificate");
  return blocks.map((block, index) => {
    if (!block.startsWith("-----BEGIN CERTIFICATE-----")) {
      throw new Error(`block ${index + 1} is a ${/BEGIN ([A-Z0-9 ]+)-/.exec(block)?.[1] ?? "unknown block"}, only CERTIFICATE is allowed`);
    }
    return new X509Certificate(block).toString().trim();
  });
}
