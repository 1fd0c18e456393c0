/** Secrets of a Pulumi state whose secrets provider is the passphrase, decrypted here: asking the CLI costs a process and seconds of CPU. */
import { createDecipheriv, pbkdf2 } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Deployment } from "./state.ts";

/** As pulumi/sdk/go/common/resource/config/crypt.go has it: PBKDF2-HMAC-SHA256, then AES-256-GCM with a nonce of 12 bytes before each text. */
const ITERATIONS = 1_000_000;
const KEY_BYTES = 32;
const TAG_BYTES = 16;

/** Decrypts one ciphertext of a state, `v1:<nonce>:<text and tag>`. */
export type Decrypt = (ciphertext: string) => string;

/**
 * Derives the key of a state from the passphrase of the environment, on another thread and once a process (about 0.15 s of CPU).
 * @returns undefined when the state has another secrets provider, or the environment no passphrase
 * @throws Error when the passphrase is not the state's
 */
export async function stateDecrypter(state: Deployment | undefined, env: Readonly<Record<string, string | undefined>>): Promise<Decrypt | undefined> {
  const { type, state: settings } = state?.secrets_providers ?? {};
  const phrase = await passphrase(env);
  if (type !== "passphrase" || settings?.salt === undefined || phrase === undefined) return undefined;
  const [version, salt, ...check] = settings.salt.split(":");
  if (version !== "v1" || salt === undefined) throw new Error(`The state's salt must begin with "v1:"; it is of version "${version}".`);
  const key = await derive(phrase, salt);
  const decrypt: Decrypt = (ciphertext) => open(key, ciphertext);
  if (decrypt(check.join(":")) !== "pulumi") throw new Error("The passphrase is not the one that the state was encrypted with.");
  return decrypt;
}

/** Keys derived by this process. */
const derived = new Map<string, Promise<Buffer>>();

function derive(phrase: string, salt: string): Promise<Buffer> {
  const name = `${salt} ${phrase}`;
  const key = derived.get(name) ?? promisify(pbkdf2)(phrase, Buffer.from(salt, "base64"), ITERATIONS, KEY_BYTES, "sha256");
  derived.set(name, key);
  return key;
}

async function passphrase(env: Readonly<Record<string, string | undefined>>): Promise<string | undefined> {
  const { PULUMI_CONFIG_PASSPHRASE: phrase, PULUMI_CONFIG_PASSPHRASE_FILE: file } = env;
  return phrase ?? (file === undefined ? undefined : (await readFile(file, "utf8")).trim());
}

function open(key: Buffer, ciphertext: string): string {
  const [version, nonce = "", sealed = ""] = ciphertext.split(":");
  if (version !== "v1") throw new Error(`A secret of the state must begin with "v1:"; it is of version "${version}".`);
  const bytes = Buffer.from(sealed, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"), { authTagLength: TAG_BYTES });
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new Error("A secret of the state cannot be decrypted: the passphrase is not the one it was encrypted with, or the state was changed.", { cause });
  }
}
