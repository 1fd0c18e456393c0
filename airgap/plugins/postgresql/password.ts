import { createHash, createHmac, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

/** PostgreSQL's default for `scram_iterations`. */
const ITERATIONS = 4096;

/**
 * The SCRAM-SHA-256 verifier of a password, as psql's `\password` sends it: the clear text then reaches no statement, and so neither
 * the server's log nor its statistics. A text that already is a verifier (SCRAM or MD5) is passed on, as PostgreSQL does.
 *
 * A password with other than ASCII characters is passed on in clear too: the server's own normalisation (SASLprep) must prepare it.
 */
export async function passwordVerifier(password: string, salt: Buffer = randomBytes(16)): Promise<string> {
  if (/^SCRAM-SHA-256\$|^md5[0-9a-f]{32}$/.test(password) || !/^[\x20-\x7e]*$/.test(password)) return password;
  const salted = await promisify(pbkdf2)(password, salt, ITERATIONS, 32, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const storedKey = createHash("sha256").update(hmac("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${storedKey}:${hmac("Server Key").toString("base64")}`;
}
