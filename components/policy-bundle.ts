/** OPA's policy bundle: policies and data of `policies/authz` with what an instance adds, signed as OPA verifies it. */
import { createHash, createPrivateKey } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { gzipSync } from "node:zlib";
import { CompactSign } from "jose";
import { load } from "js-yaml"; // the SDK has loaded it already
import { pack } from "tar-stream";

/** The parts of OPA's documents that the bundle owns. */
export const bundleRoots = ["dive", "system", "tables"] as const;

/**
 * Signature algorithm. Unlike ECDSA this one gives the same signature for the same content, so that a second `up` changes nothing.
 * OPA knows no Ed25519 for bundles.
 */
export const signingAlgorithm = "RS256";

/** Files of a bundle by their path in it, before manifest and signature. */
export type BundleFiles = Readonly<Record<string, string>>;

/**
 * The policies and data of a folder, without tests, cases and schemas: `*.rego` as they are, each `data.yaml` as `data.json`.
 * @throws Error when a data file is no YAML
 */
export function readPolicies(folder: string): BundleFiles {
  const files: [string, string][] = [];
  for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file).split(path.sep).join("/");
    if (name.endsWith(".rego") && !name.endsWith("_test.rego")) files.push([name, fs.readFileSync(file, "utf8")]);
    if (entry.name === "data.yaml") files.push([name.replace(/yaml$/, "json"), canonicalJson(load(fs.readFileSync(file, "utf8")))]);
  }
  if (files.length === 0) throw new Error(`${folder} holds no policy`);
  return Object.fromEntries(files.sort(byName));
}

/** The bundle's files with those of `tables` (name -> table) added under `data.tables`. */
export function withTables(files: BundleFiles, tables: Readonly<Record<string, unknown>>): BundleFiles {
  return { ...files, ...Object.fromEntries(Object.entries(tables).map(([name, table]) => [`tables/${name}/data.json`, canonicalJson(table)])) };
}

/** What decides between two bundles: the hash of all their files. */
export function revisionOf(files: BundleFiles): string {
  return sha256(canonicalJson(files));
}

/**
 * Builds the bundle: a gzipped tar that depends on nothing but its arguments.
 * @param privateKeyPem RSA key, PKCS#1 or PKCS#8
 * @see https://www.openpolicyagent.org/docs/management-bundles#signing
 */
export async function signedBundle(files: BundleFiles, privateKeyPem: string): Promise<Buffer> {
  const manifest = canonicalJson({ revision: revisionOf(files), roots: bundleRoots, rego_version: 1 });
  const complete: BundleFiles = { ...files, ".manifest": manifest };
  const payload = { files: Object.entries(complete).sort(byName).map(([name, content]) => ({ name, hash: sha256(content), algorithm: "SHA-256" })) };
  const jwt = await new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: signingAlgorithm, typ: "JWT" })
    .sign(createPrivateKey(privateKeyPem));
  return tarball({ ...complete, ".signatures.json": canonicalJson({ signatures: [jwt] }) });
}

async function tarball(files: BundleFiles): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files).sort(byName)) archive.entry({ name, mtime: new Date(0), mode: 0o644, uid: 0, gid: 0, uname: "", gname: "" }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks), { level: 9 });
}

/**
 * JSON without spaces and with sorted keys: what OPA hashes of a JSON file, whatever its spelling.
 */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(byName)) : part,
  );
}

/** By code points, as Go sorts; `<` would sort UTF-16 units, which differs only above U+FFFF. */
function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
