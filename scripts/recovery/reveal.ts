/** Key that marks a special value in a Pulumi state, and the mark of a secret. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/**
 * Replaces the secrets of a state by their values, at any depth.
 * @param decrypt opens ciphertexts; needed unless the state was exported with --show-secrets
 */
export function reveal(value: unknown, decrypt?: (ciphertext: string) => string): unknown {
  if (Array.isArray(value)) return value.map((inner) => reveal(inner, decrypt));
  if (typeof value !== "object" || value === null) return value;
  if (SIGNATURE in value && value[SIGNATURE] === SECRET) {
    if ("plaintext" in value) return reveal(JSON.parse(String(value.plaintext)), decrypt);
    if ("ciphertext" in value && decrypt !== undefined) return reveal(JSON.parse(decrypt(String(value.ciphertext))), decrypt);
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner, decrypt)]));
}
