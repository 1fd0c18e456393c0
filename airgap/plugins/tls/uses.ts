/** Official names of key usages, with their bits of RFC 5280 section 4.2.1.3 (as @peculiar/x509 numbers them). */
export const keyUsages = {
  digital_signature: 1,
  content_commitment: 2,
  key_encipherment: 4,
  data_encipherment: 8,
  key_agreement: 16,
  cert_signing: 32,
  crl_signing: 64,
  encipher_only: 128,
  decipher_only: 256,
} as const;

/** Official names of extended key usages, with their object identifiers. */
export const extendedKeyUsages = {
  any_extended: "2.5.29.37.0",
  server_auth: "1.3.6.1.5.5.7.3.1",
  client_auth: "1.3.6.1.5.5.7.3.2",
  code_signing: "1.3.6.1.5.5.7.3.3",
  email_protection: "1.3.6.1.5.5.7.3.4",
  ipsec_end_system: "1.3.6.1.5.5.7.3.5",
  ipsec_tunnel: "1.3.6.1.5.5.7.3.6",
  ipsec_user: "1.3.6.1.5.5.7.3.7",
  timestamping: "1.3.6.1.5.5.7.3.8",
  ocsp_signing: "1.3.6.1.5.5.7.3.9",
} as const;

/** What `allowedUses` may hold. */
export const allowedUses: readonly string[] = [...Object.keys(keyUsages), ...Object.keys(extendedKeyUsages)];

/** Splits `allowedUses` into the bits of one extension and the identifiers of the other. */
export function splitUses(uses: readonly string[]): { bits: number; identifiers: string[] } {
  const bits = uses.reduce((sum, use) => sum | ((keyUsages as Record<string, number>)[use] ?? 0), 0);
  const identifiers = uses.flatMap((use) => (extendedKeyUsages as Record<string, string>)[use] ?? []);
  return { bits, identifiers };
}
