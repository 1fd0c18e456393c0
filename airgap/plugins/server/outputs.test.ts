import { describe, expect, it } from "vitest";
import type { Schema } from "./check.ts";
import { keepEqual, mergeRead, outputs } from "./outputs.ts";
import { previewCreate, previewUpdate } from "./preview.ts";
import type { ResourceType } from "./resource-type.ts";
import { Secret, Unknown } from "./values.ts";

const type: ResourceType = {
  token: "test:index:Thing",
  inputs: {
    name: { type: "string" },
    password: { type: "string", secret: true, writeOnly: true },
    env: { type: { array: "string" }, unordered: true },
    options: { type: { object: { a: { type: "string" }, b: { type: "string" } } } },
    keep: { type: "boolean", default: false },
  },
  computed: ["address", "token", "name"],
  recomputed: ["address"],
  secretOutputs: ["token"],
  create: async () => ({ id: "1", state: {} }),
  read: async () => undefined,
  delete: async () => undefined,
};
const schema = type.inputs as Schema;

describe("outputs", () => {
  it("marks what is secret by input, by schema and by the type", () => {
    expect(outputs(type, { env: [new Secret("A=1"), "B=2"] }, { env: ["B=2", "A=1"], password: "p", token: "t", address: "x" })).toEqual({
      env: new Secret(["B=2", "A=1"]),
      password: new Secret("p"),
      token: new Secret("t"),
      address: "x",
    });
  });

  it("passes inputs through that the service does not answer", () => {
    expect(outputs(type, { name: "n" }, { address: undefined })).toEqual({ name: "n" });
  });
});

describe("preview", () => {
  it("of a create: inputs as they are, the rest unknown", () => {
    expect(previewCreate(type, { name: "n" })).toEqual({ name: "n", address: Unknown.value, token: Unknown.value });
  });

  it("of an update: computed outputs stay, unless an update changes them or the program dropped them", () => {
    const old = { name: "n", address: "x", token: new Secret("t") };
    expect(previewUpdate(type, { keep: true }, old)).toEqual({ keep: true, name: Unknown.value, address: Unknown.value, token: new Secret("t") });
  });
});

describe("mergeRead", () => {
  it("takes drift over, but only where the program says something", () => {
    const old = { name: "n", options: { a: "1" }, env: ["x", "y"] };
    expect(mergeRead(schema, old, { name: "drifted", options: { a: "1", b: "chosen by the service" }, env: ["y", "x"], keep: true }, false)).toEqual({ ...old, name: "drifted" });
  });

  it("keeps write-only properties and marks", () => {
    const old = { password: new Secret("p"), name: new Secret("n") };
    expect(mergeRead(schema, old, { password: "****", name: "m" }, false)).toEqual({ password: new Secret("p"), name: new Secret("m") });
  });

  it("shows that a property is gone", () => {
    expect(mergeRead(schema, { name: "n", env: ["x"] }, { env: undefined }, false)).toEqual({ name: "n" });
  });

  it("of an import takes everything and fills defaults", () => {
    expect(mergeRead(schema, {}, { name: "n", password: "p" }, true)).toEqual({ name: "n", password: new Secret("p"), keep: false });
  });
});

describe("keepEqual", () => {
  it("keeps the old form of what means the same", () => {
    expect(keepEqual(schema, { env: ["a", "b"] }, { env: ["b", "a"], name: "n" })).toEqual({ env: ["a", "b"], name: "n" });
  });
});
