import { createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import { createReceivingKey, protectKey } from "@dive/common/sealed";
import { describe, expect, it } from "vitest";
import { createTestKeyset } from "../testing/test-kas.ts";
import { ReceivingKeyError, createRewrapper, unwrapKey } from "./key-crypto.ts";
import { keysProbe } from "./keys-probe.ts";
import { parseKeyset, type KasKey, type Keyset } from "./keyset.ts";
import { policyIsBound } from "./policy-binding.ts";

const signal = new AbortController().signal;
const FILE = createTestKeyset(2);
const keyset = parseKeyset(FILE);
const entries = (JSON.parse(FILE) as { keys: Record<string, unknown>[] }).keys;
const pemOf = (pair: { privateKey: { export(options: { type: "pkcs8"; format: "pem" }): string | Buffer } }) => pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();

describe("the keyset", () => {
  it("advertises the newest of each algorithm and keeps the others", () => {
    expect(keyset.newest("rsa:2048").kid).toBe("usa-rsa-2");
    expect(keyset.newest("ec:secp256r1").kid).toBe("usa-ec-2");
    expect(keyset.byId("usa-rsa-1")?.generation).toBe(1);
    expect(keyset.byId("fra-rsa-1")).toBeUndefined();
    expect(keyset.newest("ec:secp256r1").publicKeyJwk).toMatchObject({ kty: "EC", crv: "P-256", kid: "usa-ec-2" });
    expect(keyset.newest("ec:secp256r1").publicKeyJwk).not.toHaveProperty("d");
  });

  const changed = (change: object) => JSON.stringify({ keys: [{ ...entries[0], ...change }, ...entries.slice(1)] });
  it.each([
    ["no list", "{}", 'must hold a list "keys"'],
    ["no EC key", JSON.stringify({ keys: entries.filter(({ algorithm }) => algorithm === "rsa:2048") }), "there is no key of ec:secp256r1"],
    ["a kid twice", changed({ kid: "usa-rsa-2" }), "two keys have the same kid"],
    ["a newest generation twice", changed({ generation: 2 }), "have the same generation"],
    ["an unknown algorithm", changed({ algorithm: "rsa:4096" }), "key usa-rsa-1: algorithm must be one of"],
    ["the wrong kind of key", changed({ algorithm: "ec:secp256r1" }), "key usa-rsa-1: is no private key of ec:secp256r1"],
    ["a longer key", changed({ privateKey: pemOf(generateKeyPairSync("rsa", { modulusLength: 3_072 })) }), "is no private key of rsa:2048"],
    ["another curve", changed({ algorithm: "ec:secp256r1", privateKey: pemOf(generateKeyPairSync("ec", { namedCurve: "P-384" })) }), "is no private key of ec:secp256r1"],
    ["a generation that is none", changed({ generation: "1" }), "key usa-rsa-1: generation must be a whole number"],
    ["a kid that is none", changed({ kid: "a b" }), "keys[0].kid must be"],
  ])("with %s is refused", (_what, json, message) => {
    expect(() => parseKeyset(json)).toThrow(message);
  });

  it("with a broken key is refused without repeating it", () => {
    const json = changed({ privateKey: "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----" });
    expect(() => parseKeyset(json)).toThrow(/^key usa-rsa-1: privateKey must be an unencrypted private key, PEM$/);
  });
});

describe("the health of the keys", () => {
  it("is up when what is closed with them opens again", async () => {
    await expect(keysProbe(keyset)(signal)).resolves.toBeUndefined();
  });

  it("is down when a public key is not that of its private key", async () => {
    const [one, two] = [keyset.byId("usa-ec-1")!, keyset.byId("usa-ec-2")!];
    const mixed: Keyset = { ...keyset, newest: (algorithm) => (algorithm === "rsa:2048" ? keyset.newest(algorithm) : { ...two, publicKeyPem: one.publicKeyPem }) };
    await expect(keysProbe(mixed)(signal)).rejects.toThrow();
  });
});

describe("unwrapping", () => {
  const rsa = keyset.newest("rsa:2048");
  const ec = keyset.newest("ec:secp256r1");
  const wrapped = async (key: KasKey) => {
    const { alg, protectedKey, ephemeralKey } = await protectKey(new Uint8Array(32).fill(7), key.publicKeyPem, key.algorithm);
    return { alg, protectedKey: Buffer.from(protectedKey, "base64"), ...(ephemeralKey === undefined ? {} : { ephemeralKey }) };
  };

  it("gives the key back", async () => {
    for (const key of [rsa, ec]) expect(unwrapKey(key, await wrapped(key)).equals(Buffer.alloc(32, 7))).toBe(true);
  });

  it("fails with another key, with one of the other kind, and on any changed byte", async () => {
    await expect(async () => unwrapKey(keyset.byId("usa-rsa-1")!, await wrapped(rsa))).rejects.toThrow();
    await expect(async () => unwrapKey(keyset.byId("usa-ec-1")!, await wrapped(ec))).rejects.toThrow();
    await expect(async () => unwrapKey(ec, await wrapped(rsa))).rejects.toThrow("no RSA key");
    await expect(async () => unwrapKey(rsa, await wrapped(ec))).rejects.toThrow("no EC key");
    const key = await wrapped(ec);
    for (let at = 0; at < key.protectedKey.byteLength; at++) {
      const changed = Buffer.from(key.protectedKey);
      changed[at]! ^= 1;
      expect(() => unwrapKey(ec, { ...key, protectedKey: changed })).toThrow();
    }
    for (const length of [0, 27, 59]) expect(() => unwrapKey(ec, { ...key, protectedKey: key.protectedKey.subarray(0, length) })).toThrow();
  });

  it("refuses a sender's key that is missing, on another curve, or not an EC key", async () => {
    const key = await wrapped(ec);
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
    for (const ephemeralKey of ["", "x", rsa.publicKeyPem, publicKey.export({ type: "spki", format: "pem" }).toString()]) {
      expect(() => unwrapKey(ec, { ...key, ephemeralKey })).toThrow();
    }
  });
});

describe("re-encrypting", () => {
  it.each(["rsa:2048", "ec:secp256r1"] as const)("opens for the caller only, with %s", async (algorithm) => {
    const [caller, other] = await Promise.all([createReceivingKey(algorithm), createReceivingKey(algorithm)]);
    const { sessionPublicKey, wrap } = createRewrapper(caller.publicKey);
    const key = randomBytes(32);
    const wrapped = wrap(key);
    expect(Buffer.from(await caller.open(wrapped, sessionPublicKey)).equals(key)).toBe(true);
    expect(wrap(key)).not.toBe(wrapped);
    await expect(other.open(wrapped, sessionPublicKey)).rejects.toThrow();
    expect(sessionPublicKey === "").toBe(algorithm === "rsa:2048");
  });

  it.each([
    ["nothing", ""],
    ["no PEM", "x"],
    ["a private key", String(entries[0]?.["privateKey"])],
    ["a broken key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"],
    ["a short RSA key", generateKeyPairSync("rsa", { modulusLength: 1_024 }).publicKey.export({ type: "spki", format: "pem" }).toString()],
    ["another curve", generateKeyPairSync("ec", { namedCurve: "P-521" }).publicKey.export({ type: "spki", format: "pem" }).toString()],
    ["a signature key", generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString()],
  ])("is refused to %s", (_what, pem) => {
    expect(() => createRewrapper(pem)).toThrow(ReceivingKeyError);
  });
});

describe("the policy binding", () => {
  const key = randomBytes(32);
  const hmac = createHmac("sha256", key).update("cG9saWN5").digest();

  it("may be base64 of the HMAC, or of its hexadecimal digits in either case", () => {
    const hex = hmac.toString("hex");
    for (const binding of [hmac.toString("base64"), btoa(hex), btoa(hex.toUpperCase())]) expect(policyIsBound(key, "cG9saWN5", binding)).toBe(true);
  });

  it("fails for another policy, another key, and anything that is not the whole HMAC", () => {
    const good = hmac.toString("base64");
    expect(policyIsBound(key, "cG9saWN6", good)).toBe(false);
    expect(policyIsBound(randomBytes(32), "cG9saWN5", good)).toBe(false);
    for (const binding of ["", good.slice(0, 8), btoa("0".repeat(64)), btoa("zz".repeat(32)), hmac.toString("hex"), `${good}AAAA`]) expect(policyIsBound(key, "cG9saWN5", binding)).toBe(false);
  });
});
