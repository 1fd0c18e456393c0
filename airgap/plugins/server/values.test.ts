import { describe, expect, it } from "vitest";
import { Asset, Secret, Unknown, decode, encode, hasSecret, hasUnknown, plain, secretTexts } from "./values.ts";

const key = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({ [key]: "1b47061264138c4ac30d75fd1eb44270", value });
const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("values on the wire", () => {
  it("keeps secrets and unknowns through decode and encode, at any depth", () => {
    const wire = { plain: "a", hidden: secret("s"), list: [secret({ deep: unknown })], nothing: null };
    expect(encode(decode(wire))).toEqual(wire);
  });

  it("reads an unknown of every kind", () => {
    expect(decode("3eeb2bf0-c639-47a8-9e75-3b44932eb421")).toBe(Unknown.value);
    expect(decode("dd056dcd-154b-4c76-9bd3-c8f88648b5ff")).toBe(Unknown.value);
  });

  it("reads output values: absent is unknown, secret stays secret", () => {
    const output = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
    expect(decode({ [key]: output })).toBe(Unknown.value);
    expect(decode({ [key]: output, value: "x", secret: true })).toEqual(new Secret("x"));
  });

  it("keeps an asset only to refuse it, and throws on a mark it does not know", () => {
    expect(decode({ [key]: "c44067f5952c0a294b673a41bacd8c17", text: "t" })).toBeInstanceOf(Asset);
    expect(() => decode({ [key]: "5cf8f73096256a8f31e491e813e4eb8e", urn: "u" })).toThrow("does not know");
  });

  it("never nests secrets", () => {
    expect(new Secret(new Secret("s")).value).toBe("s");
  });

  it("gives resource types plain values, and finds secrets and unknowns", () => {
    const value = decode({ a: secret(["b", { c: secret("d") }]), e: "f" });
    expect(plain(value)).toEqual({ a: ["b", { c: "d" }], e: "f" });
    expect(hasSecret(value)).toBe(true);
    expect(hasUnknown(value)).toBe(false);
    expect(secretTexts(value)).toEqual(["b", "d"]);
  });

  it("leaves undefined properties out", () => {
    expect(encode({ a: undefined, b: { c: undefined } })).toEqual({ b: {} });
  });
});
