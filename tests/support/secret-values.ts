import { createPublicKey } from "node:crypto";

/** Marks a secret in Pulumi's JSON (sdk/go/common/resource/sig). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** A secret value that must not be seen anywhere, and where in the state it is; only `at` may be shown. */
export interface KnownSecret {
  readonly at: string;
  readonly value: string;
}

/** Where a password is made: known by its place, since one in 280 of 32 letters and digits has no digit. */
const GENERATED = /(?:^|\$)random:index\/randomPassword:RandomPassword::[^.]+\.outputs\.result$/;

/**
 * Collects what is worth searching for from `pulumi stack export --show-secrets`: generated passwords, and the
 * inner lines of private keys. Other secret texts (whole configuration files, user names inside a secret map) are
 * left out: they would be found by accident, and the generated values in them are known from their own resources.
 */
export function knownSecrets(exported: unknown): KnownSecret[] {
  const found = new Map<string, string>();
  visit(exported, "", false, (at, text) => {
    for (const value of GENERATED.test(at) ? [text] : searchable(text)) if (!found.has(value)) found.set(value, at);
  });
  return [...found].map(([value, at]) => ({ at, value }));
}

/** The parts of a secret text that cannot stand anywhere by accident. */
export function searchable(text: string): string[] {
  if (looksRandom(text)) return [text];
  // Some files are JSON, where a line's end is written as two characters.
  const keys = text.replaceAll("\\n", "\n").match(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/g) ?? [];
  return keys.flatMap((key) => {
    // A private key holds the public one as well, which stands elsewhere in the state, and rightly so.
    const open = createPublicKey(key).export({ type: "spki", format: "der" });
    return key.split("\n").filter((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line) && !open.includes(Buffer.from(line, "base64")));
  });
}

/** One word of at least 12 characters with small letters, capitals and digits: a generated password, no name, hash or address. */
export function looksRandom(text: string): boolean {
  return /^[^\s:]{12,}$/.test(text) && [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(text));
}

function visit(node: unknown, at: string, secret: boolean, take: (at: string, text: string) => void): void {
  if (typeof node === "string") {
    if (secret) take(at, node);
  } else if (Array.isArray(node)) {
    node.forEach((item, i) => visit(item, `${at}[${i}]`, secret, take));
  } else if (typeof node === "object" && node !== null) {
    const object = node as Record<string, unknown>;
    if (object[SIGNATURE] === SECRET) return visit(JSON.parse(String(object["plaintext"])), at, true, take);
    const here = typeof object["urn"] === "string" ? object["urn"].split("::").slice(2).join("::") : at;
    for (const [key, value] of Object.entries(object)) visit(value, `${here}.${key}`, secret, take);
  }
}
