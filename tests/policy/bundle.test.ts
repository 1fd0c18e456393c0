/** What OPA makes of bundles that are not what the program signed. */
import { gunzipSync, gzipSync } from "node:zlib";
import { extract, pack } from "tar-stream";
import { beforeAll, expect, it } from "vitest";
import { signedBundle } from "../../components/policy-bundle.ts";
import { hubFiles, signingKey, startOpa } from "./opa-server.ts";

const key = signingKey();
let bundle: Buffer;
beforeAll(async () => void (bundle = await signedBundle(hubFiles(), key.privateKey)));

/** The bundle with its files changed: undefined takes one away. */
async function tampered(change: (name: string, text: string) => string | undefined, added: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const source = extract();
  source.end(gunzipSync(bundle));
  const archive = pack();
  for await (const entry of source) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const text = change(entry.header.name, Buffer.concat(chunks).toString());
    if (text !== undefined) archive.entry({ name: entry.header.name }, text);
  }
  for (const [name, text] of Object.entries(added)) archive.entry({ name }, text);
  archive.finalize();
  const packed: Buffer[] = [];
  for await (const chunk of archive) packed.push(chunk as Buffer);
  return gzipSync(Buffer.concat(packed));
}

it("starts on the bundle as it was signed, also packed anew", async () => {
  await using server = await startOpa(await tampered((_name, text) => text), key.publicKey);
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
});

it.each<[string, () => Promise<Buffer>]>([
  ["a changed rule", () => tampered((name, text) => (name === "decision.rego" ? text.replace("default allow := false", "default allow := true") : text))],
  ["a changed table", () => tampered((name, text) => (name === "tables/instance/data.json" ? text.replace('"GOV"', '"MIL"') : text))],
  ["a changed manifest", () => tampered((name, text) => (name === ".manifest" ? text.replace(/"revision":"./, '"revision":"x') : text))],
  ["a missing rule", () => tampered((name, text) => (name === "coi.rego" ? undefined : text))],
  ["a missing manifest", () => tampered((name, text) => (name === ".manifest" ? undefined : text))],
  ["an added rule", () => tampered((_name, text) => text, { "extra.rego": "package dive.rules\n\nreasons contains 1 if false\n" })],
  ["no signature", () => tampered((name, text) => (name === ".signatures.json" ? undefined : text))],
  ["no signature in the list", () => tampered((name, text) => (name === ".signatures.json" ? '{"signatures":[]}' : text))],
  ["another key's signature", () => signedBundle(hubFiles(), signingKey().privateKey)],
])("does not start on %s", async (_what, make) => {
  await expect(startOpa(await make(), key.publicKey)).rejects.toThrow(/OPA did not start[^]*(verif|signature|digest)/i);
});
