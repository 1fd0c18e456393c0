import { createHmac } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { LabelError } from "../label/index.ts";
import { createSealingKey } from "../testing/sealing-keys.ts";
import {
  SealedObjectError, createReceivingKey, encodePolicy, fromBase64, parseManifest, parsePolicy, protectKey, readContainer, seal, toBase64, unseal, writeContainer,
  type ByteSource, type Manifest, type SealOptions,
} from "./index.ts";

const SEGMENT = 16_384;
const LABEL = { classification: "SECRET", releasabilityTo: ["USA", "FRA"], COI: [], coiOperator: "ALL", creationDate: "2026-11-24T02:00:00Z" } as const;
const RSA = createSealingKey("rsa:2048");
const EC = createSealingKey("ec:secp256r1");
const options = (changes: Partial<SealOptions> = {}): SealOptions => ({ label: LABEL, resourceId: "fra-1", kas: EC.kas, segmentSize: SEGMENT, ...changes });

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function sealAll(plaintext: ByteSource, changes: Partial<SealOptions> = {}): Promise<{ manifest: Manifest; payload: Buffer }> {
  const sealing = await seal(plaintext, options(changes));
  const payload = await bytesOf(sealing.segments);
  return { manifest: sealing.manifest(), payload };
}

async function open(manifest: unknown, payload: ByteSource, rewrap = EC.rewrap, resourceId?: string): Promise<Buffer> {
  return bytesOf((await unseal(manifest, payload, { rewrap, ...(resourceId === undefined ? {} : { resourceId }) })).plaintext);
}

const content = (size: number) => Buffer.from(Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) & 0xff));

describe("sealing and opening", () => {
  it.each([["rsa:2048", RSA, "RSA-OAEP-256"], ["ec:secp256r1", EC, "ECDH-HKDF"]] as const)("gives the content back, with %s", async (_name, { kas, rewrap }, alg) => {
    const plain = content(3 * SEGMENT + 5);
    const { manifest, payload } = await sealAll(plain, { kas, mimeType: "text/plain" });
    expect(manifest.encryptionInformation.keyAccess[0]).toMatchObject({ alg, kas: "https://localhost:9000", kid: kas.kid });
    const opened = await unseal(JSON.parse(JSON.stringify(manifest)), payload, { rewrap, resourceId: "fra-1" });
    expect(opened).toMatchObject({ resourceId: "fra-1", label: LABEL, mimeType: "text/plain", size: plain.byteLength, policyId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect((await bytesOf(opened.plaintext)).equals(plain)).toBe(true);
  });

  it.each([0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT])("of %i bytes", async (size) => {
    const { manifest, payload } = await sealAll(content(size));
    const { segments } = manifest.encryptionInformation.integrityInformation;
    expect(segments).toHaveLength(Math.max(1, Math.ceil(size / SEGMENT)));
    expect(payload.byteLength).toBe(size + 28 * segments.length);
    expect((await open(manifest, payload)).equals(content(size))).toBe(true);
  });

  it("does not depend on the sizes of the pieces that come", async () => {
    const plain = content(2 * SEGMENT + 100);
    async function* pieces(of: Buffer, size: number) {
      for (let at = 0; at < of.byteLength; at += size) yield of.subarray(at, at + size);
      yield Buffer.alloc(0);
    }
    const { manifest, payload } = await sealAll(pieces(plain, 1_000));
    expect((await open(manifest, pieces(payload, 777))).equals(plain)).toBe(true);
  });

  it("uses a new key, policy id and vector each time, and the key for nothing else", async () => {
    const [one, two] = await Promise.all([sealAll(content(10)), sealAll(content(10))]);
    expect(one.payload.equals(two.payload)).toBe(false);
    const key = async ({ manifest }: { manifest: Manifest }) => Buffer.from(await EC.rewrap({ policy: { id: "", body: "" }, keyAccess: manifest.encryptionInformation.keyAccess[0] }));
    expect((await key(one)).equals(await key(two))).toBe(false);
    expect(one.manifest.encryptionInformation.policy).not.toBe(two.manifest.encryptionInformation.policy);
  });

  it("binds the policy as OpenTDF does: base64 of the HMAC over the base64 text", async () => {
    const { manifest } = await sealAll(content(1));
    const { policy, keyAccess: [access] } = manifest.encryptionInformation;
    const key = await EC.rewrap({ policy: { id: "", body: "" }, keyAccess: access });
    expect(access.policyBinding.hash).toBe(createHmac("sha256", key).update(policy).digest("base64"));
  });

  it("reads no more than it must: constant memory", async () => {
    let given = 0;
    async function* endless() {
      for (let n = 0; n < 64; n++) yield Buffer.alloc(SEGMENT, (given += 1));
    }
    const { segments } = await seal(endless(), options());
    await segments.next();
    expect(given).toBe(1);
    await segments.next();
    expect(given).toBe(2);
    await segments.return();
  });

  it("has no manifest before the end", async () => {
    const sealing = await seal(content(2 * SEGMENT), options());
    await sealing.segments.next();
    expect(() => sealing.manifest()).toThrow("only when the last segment was read");
  });

  it("refuses options that could not be opened again", async () => {
    await expect(seal(content(1), options({ label: { ...LABEL, classification: "secret" as never } }))).rejects.toBeInstanceOf(LabelError);
    await expect(seal(content(1), options({ resourceId: "../etc" }))).rejects.toThrow("resourceId must match");
    await expect(seal(content(1), options({ mimeType: "text/html\n" }))).rejects.toThrow("mimeType must match");
    await expect(seal(content(1), options({ segmentSize: 100 }))).rejects.toThrow("from 16384 to 4194304");
    await expect(seal(content(1), options({ kas: { ...EC.kas, publicKey: "none" } }))).rejects.toThrow("PEM");
  });
});

describe("a changed object does not open", async () => {
  const plain = content(3 * SEGMENT + 9);
  const good = await sealAll(plain);
  const other = await sealAll(plain);
  const information = good.manifest.encryptionInformation;
  const integrity = information.integrityInformation;
  const access = information.keyAccess[0];

  const withInformation = (changes: object) => ({ ...good.manifest, encryptionInformation: { ...information, ...changes } });
  const withAccess = (changes: object) => withInformation({ keyAccess: [{ ...access, ...changes }] });
  const withIntegrity = (changes: object) => withInformation({ integrityInformation: { ...integrity, ...changes } });
  const flipped = (text: string) => {
    const bytes = fromBase64(text, "it");
    bytes[0]! ^= 1;
    return toBase64(bytes);
  };
  const relabelled = (change: object) => {
    const policy = parsePolicy(information.policy);
    return encodePolicy({ ...policy, body: { ...policy.body, label: { ...LABEL, ...change } } });
  };
  const moved = (...order: number[]) => {
    const size = SEGMENT + 28;
    return Buffer.concat(order.map((index) => good.payload.subarray(index * size, (index + 1) * size)));
  };
  const swapped = [integrity.segments[1]!, integrity.segments[0]!, ...integrity.segments.slice(2)];

  const cases: readonly (readonly [string, unknown, Buffer, string])[] = [
    ["its classification", withInformation({ policy: relabelled({ classification: "UNCLASSIFIED" }) }), good.payload, "BINDING"],
    ["its releasability", withInformation({ policy: relabelled({ releasabilityTo: ["USA", "FRA", "DEU"] }) }), good.payload, "BINDING"],
    ["its policy id", withInformation({ policy: other.manifest.encryptionInformation.policy }), good.payload, "BINDING"],
    ["its policy's encoding only", withInformation({ policy: btoa(` ${atob(information.policy)}`) }), good.payload, "BINDING"],
    ["its binding", withAccess({ policyBinding: { alg: "HS256", hash: flipped(access.policyBinding.hash) } }), good.payload, "BINDING"],
    ["its binding, cut short", withAccess({ policyBinding: { alg: "HS256", hash: "AAAA" } }), good.payload, "BINDING"],
    ["its key, for another object's", withAccess(other.manifest.encryptionInformation.keyAccess[0]), good.payload, "BINDING"],
    ["its key, with that object's policy", withInformation({ keyAccess: other.manifest.encryptionInformation.keyAccess, policy: other.manifest.encryptionInformation.policy }), good.payload, "SIGNATURE"],
    ["its root signature", withIntegrity({ rootSignature: { alg: "HS256", sig: flipped(integrity.rootSignature.sig) } }), good.payload, "SIGNATURE"],
    ["a tag in the list", withIntegrity({ segments: [{ ...integrity.segments[0], hash: flipped(integrity.segments[0]!.hash) }, ...integrity.segments.slice(1)] }), good.payload, "SIGNATURE"],
    ["the order of the list", withIntegrity({ segments: swapped }), moved(1, 0, 2, 3), "SIGNATURE"],
    ["the last segment of the list, left out", withIntegrity({ segments: integrity.segments.slice(0, 3) }), moved(0, 1, 2), "SIGNATURE"],
    ["one bit of a segment", good.manifest, Buffer.from(good.payload.map((byte, index) => (index === SEGMENT + 60 ? byte ^ 1 : byte))), "SEGMENT"],
    ["one bit of a tag", good.manifest, Buffer.from(good.payload.map((byte, index) => (index === SEGMENT + 27 ? byte ^ 1 : byte))), "SEGMENT"],
    ["one bit of a vector", good.manifest, Buffer.from(good.payload.map((byte, index) => (index === 0 ? byte ^ 1 : byte))), "SEGMENT"],
    ["the order of the segments", good.manifest, moved(1, 0, 2, 3), "SEGMENT"],
    ["its content, for another object's of the same text", good.manifest, other.payload, "SEGMENT"],
    ["its end, cut off", good.manifest, good.payload.subarray(0, -1), "LENGTH"],
    ["its last segment, cut off", good.manifest, moved(0, 1, 2), "LENGTH"],
    ["its end, made longer", good.manifest, Buffer.concat([good.payload, Buffer.alloc(1)]), "LENGTH"],
    ["nothing left of its content", good.manifest, Buffer.alloc(0), "LENGTH"],
    ["its format", { ...good.manifest, format: "dive-sealed/2" }, good.payload, "FORMAT"],
    ["its algorithm", withInformation({ method: { algorithm: "AES-256-CTR", isStreamable: true } }), good.payload, "FORMAT"],
    ["its binding's algorithm", withAccess({ policyBinding: { alg: "none", hash: access.policyBinding.hash } }), good.payload, "FORMAT"],
    ["its binding, no base64", withAccess({ policyBinding: { alg: "HS256", hash: "!" } }), good.payload, "FORMAT"],
    ["its key's algorithm", withAccess({ alg: "RSA-OAEP" }), good.payload, "FORMAT"],
    ["the number of its keys", withInformation({ keyAccess: [access, access] }), good.payload, "FORMAT"],
    ["the sizes, against each other", withIntegrity({ encryptedSegmentSizeDefault: SEGMENT + 29 }), good.payload, "FORMAT"],
    ["a segment's size", withIntegrity({ segments: [{ ...integrity.segments[0], segmentSize: 5, encryptedSegmentSize: 33 }, ...integrity.segments.slice(1)] }), good.payload, "FORMAT"],
    ["all segments, left out", withIntegrity({ segments: [] }), good.payload, "FORMAT"],
  ];

  it.each(cases)("%s", async (_what, manifest, payload, code) => {
    const opening = open(manifest, payload);
    await expect(opening).rejects.toBeInstanceOf(SealedObjectError);
    await expect(opening).rejects.toMatchObject({ code: `DIVE_ERR_SEALED_${code}` });
  });

  it("though the unchanged one does", async () => {
    expect((await open(good.manifest, good.payload)).equals(plain)).toBe(true);
  });

  it("as somebody else's resource, without asking the KAS", async () => {
    const rewrap = vi.fn(EC.rewrap);
    await expect(open(good.manifest, good.payload, rewrap, "fra-2")).rejects.toMatchObject({ code: "DIVE_ERR_SEALED_RESOURCE" });
    expect(rewrap).not.toHaveBeenCalled();
  });

  it("with the denial of its KAS, which comes through", async () => {
    await expect(open(good.manifest, good.payload, () => Promise.reject(new Error("denied")))).rejects.toThrow("denied");
  });

  it("and each flipped bit of the wrapped key fails at the KAS already", async () => {
    const broken = withAccess({ protectedKey: flipped(access.protectedKey) });
    await expect(open(broken, good.payload)).rejects.toThrow(/authenticate/);
  });

  it.each([null, [], "x", { format: "dive-sealed/1" }])("when it is none at all: %j", (value) => {
    expect(() => parseManifest(value)).toThrow(SealedObjectError);
  });

  it.each([
    ["no base64", "***"], ["no JSON", btoa("x")], ["no label", btoa('{"uuid":"a","body":{}}')],
    ["more than a policy", btoa(JSON.stringify({ ...parsePolicy(information.policy), more: 1 }))],
    ["a bad label", relabelled({ coiOperator: "any" })],
    ["a unicode fault", toBase64(Uint8Array.of(0xff, 0xfe))],
  ])("with a policy that is %s", (_what, policy) => {
    expect(() => parsePolicy(policy)).toThrow(expect.objectContaining({ code: "DIVE_ERR_SEALED_FORMAT" }));
  });
});

describe("a key for a caller", () => {
  it.each(["rsa:2048", "ec:secp256r1"] as const)("opens with the one-time key only: %s", async (algorithm) => {
    const [mine, other] = await Promise.all([createReceivingKey(algorithm), createReceivingKey(algorithm)]);
    const key = crypto.getRandomValues(new Uint8Array(32));
    const wrapped = await protectKey(key, mine.publicKey, algorithm);
    expect(await mine.open(wrapped.protectedKey, wrapped.ephemeralKey ?? "")).toEqual(key);
    await expect(other.open(wrapped.protectedKey, wrapped.ephemeralKey ?? "")).rejects.toThrow();
  });
});

describe("a sealed object in one piece", () => {
  it("is the manifest in one line, and the payload", async () => {
    const { manifest, payload } = await sealAll(content(SEGMENT + 1));
    const whole = await bytesOf(writeContainer(manifest, payload));
    expect(whole.subarray(0, whole.indexOf("\n")).toString()).toBe(JSON.stringify(manifest));
    async function* crumbs() {
      for (let at = 0; at < whole.byteLength; at += 100) yield whole.subarray(at, at + 100);
    }
    const read = await readContainer(crumbs());
    expect(read.manifest).toEqual(manifest);
    expect((await bytesOf(read.payload)).equals(payload)).toBe(true);
  });

  it.each(["", "{}", "{}\n", "nonsense\n", "\n\n"])("is refused when it is none: %j", async (text) => {
    await expect(readContainer(Buffer.from(text))).rejects.toMatchObject({ code: "DIVE_ERR_SEALED_FORMAT" });
  });
});
