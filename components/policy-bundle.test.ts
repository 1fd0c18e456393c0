import { generateKeyPairSync, createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { gunzipSync } from "node:zlib";
import { compactVerify } from "jose";
import { extract } from "tar-stream";
import { expect, it } from "vitest";
import { readPolicies, revisionOf, signedBundle, withTables } from "./policy-bundle.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs1", format: "pem" }) as string;
const files = { "a.rego": "package a\n", "tables/b/data.json": '{"x":1}' };

async function unpacked(bundle: Buffer): Promise<Map<string, { text: string; mtime: number }>> {
  const found = new Map<string, { text: string; mtime: number }>();
  const archive = extract();
  archive.end(gunzipSync(bundle));
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    found.set(entry.header.name, { text: Buffer.concat(chunks).toString(), mtime: entry.header.mtime!.getTime() });
  }
  return found;
}

it("depends on its content alone", async () => {
  const again = Object.fromEntries(Object.entries(files).reverse());
  expect(await signedBundle(files, pem)).toEqual(await signedBundle(again, pem));
  expect(revisionOf(files)).toBe(revisionOf(again));
  expect(revisionOf({ ...files, "a.rego": "package b\n" })).not.toBe(revisionOf(files));
});

it("signs the hash of every file but the signature", async () => {
  const entries = await unpacked(await signedBundle(files, pem));
  expect([...entries.keys()]).toEqual([".manifest", ".signatures.json", "a.rego", "tables/b/data.json"]);
  expect(new Set([...entries.values()].map(({ mtime }) => mtime))).toEqual(new Set([0]));
  const { signatures } = JSON.parse(entries.get(".signatures.json")!.text) as { signatures: [string] };
  const { payload, protectedHeader } = await compactVerify(signatures[0], publicKey);
  expect(protectedHeader).toEqual({ alg: "RS256", typ: "JWT" });
  expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({
    files: [".manifest", "a.rego", "tables/b/data.json"].map((name) => ({
      name,
      hash: createHash("sha256").update(entries.get(name)!.text).digest("hex"),
      algorithm: "SHA-256",
    })),
  });
  expect(JSON.parse(entries.get(".manifest")!.text)).toEqual({ rego_version: 1, revision: revisionOf(files), roots: ["dive", "system", "tables"] });
});

it("reads policies and data, and no tests, cases or schemas", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "dive-policies-"));
  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  };
  write("a.rego", "package a\n");
  write("a_test.rego", "package a_test\n");
  write("cases/one.json", "[]");
  write("schemas/input.json", "{}");
  write("tables/b/data.yaml", "# comment\nz: 1\na: [x, é]\n");
  expect(readPolicies(folder)).toEqual({ "a.rego": "package a\n", "tables/b/data.json": '{"a":["x","é"],"z":1}' });
  fs.rmSync(folder, { recursive: true });
  fs.mkdirSync(folder);
  expect(() => readPolicies(folder)).toThrow(/holds no policy/);
  fs.rmSync(folder, { recursive: true });
});

it("adds an instance's tables", () => {
  expect(withTables(files, { spif: { b: 1, a: 2 } })).toEqual({ ...files, "tables/spif/data.json": '{"a":2,"b":1}' });
});
