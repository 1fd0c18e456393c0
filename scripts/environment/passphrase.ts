import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { readIfExists, writeWhole } from "../files.ts";

const PASSPHRASE_BYTES = 32;

/**
 * The variables that give the engine its passphrase: the user's own if set (even an empty one),
 * else a file with a random one, made on first use and readable by the owner only.
 */
export async function ensurePassphrase(stateDir: string, env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  for (const name of ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"]) {
    const value = env[name];
    if (value !== undefined) return { [name]: value };
  }
  const file = join(stateDir, "passphrase");
  if ((await readIfExists(file)) === undefined) await writeWhole(file, randomBytes(PASSPHRASE_BYTES).toString("base64url"), 0o600);
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}
