import { execa } from "execa";
import { access, constants, mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { writeWhole } from "../files.ts";
import { which } from "../toolchain/which.ts";

/** How long a root of our own is valid, in years. */
const VALID_YEARS = 10;
const SERIAL_BYTES = 16;

async function isCaRoot(folder: string): Promise<boolean> {
  return Promise.all([access(join(folder, "rootCA.pem"), constants.R_OK), access(join(folder, "rootCA-key.pem"), constants.R_OK)]).then(
    () => true,
    () => false,
  );
}

/** Where mkcert keeps its root when nobody says otherwise. */
function defaultMkcertFolder(env: NodeJS.ProcessEnv): string {
  if (process.platform === "darwin") return join(homedir(), "Library", "Application Support", "mkcert");
  return join(env["XDG_DATA_HOME"] || join(homedir(), ".local", "share"), "mkcert");
}

/**
 * Finds the root CA: the user's CAROOT, mkcert's, else one of our own in the same layout
 * (rootCA.pem, and rootCA-key.pem readable by the owner only), made on first use.
 * @returns the folder, for CAROOT
 */
export async function ensureCaRoot(stateDir: string, env: NodeJS.ProcessEnv): Promise<string> {
  const candidates = [env["CAROOT"], defaultMkcertFolder(env)];
  if ((await which("mkcert")) !== undefined) candidates.push((await execa("mkcert", ["-CAROOT"])).stdout.trim());
  for (const folder of candidates) if (folder && (await isCaRoot(folder))) return folder;
  const own = join(stateDir, "ca");
  if (!(await isCaRoot(own))) await createRoot(own);
  return own;
}

async function createRoot(folder: string): Promise<void> {
  await import("reflect-metadata"); // the library finds its algorithms by it
  const x509 = await import("@peculiar/x509");
  const { subtle } = globalThis.crypto;
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const now = new Date();
  const until = new Date(now);
  until.setFullYear(now.getFullYear() + VALID_YEARS);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: Buffer.from(crypto.getRandomValues(new Uint8Array(SERIAL_BYTES))).toString("hex").replace(/^[89a-f]/, "7"), // positive
    name: "CN=DIVE local root CA, O=DIVE",
    notBefore: now,
    notAfter: until,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const key = x509.PemConverter.encode(await subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhole(join(folder, "rootCA-key.pem"), `${key}\n`, 0o600);
  await writeWhole(join(folder, "rootCA.pem"), `${certificate.toString("pem")}\n`, 0o644);
}
