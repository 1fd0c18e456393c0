import { expect, it } from "vitest";
import type { Property } from "../server/resource-type.ts";
import { readBack } from "./read-back.ts";

const properties: Record<string, Property> = {
  set: { type: { array: "string" }, unordered: true },
  list: { type: { array: "string" } },
  flag: { type: "boolean" },
  map: { type: { map: "string" } },
  items: { type: { array: { object: { name: { type: "string" }, names: { type: { array: "string" }, unordered: true }, flag: { type: "boolean" } } } }, unordered: true },
  written: { type: "string", writeOnly: true },
};
const read = (found: object, prior: object) => readBack({ properties }, { ...found }, { ...prior });

it("keeps the program's spelling of what means the same", () => {
  const prior = { set: ["b", "a"], flag: false, map: { b: "", a: "1" }, items: [{ name: "x", names: ["2", "1"], flag: false }, { name: "w" }], written: "secret" };
  const found = { set: ["a", "b"], flag: undefined, map: { a: "1", b: "" }, items: [{ name: "w", names: [] }, { name: "x", names: ["1", "2"] }] };
  expect(read(found, prior)).toEqual(prior);
});

it("shows what changed, order in ordered lists and empty values of maps included", () => {
  const prior = { set: ["a"], list: ["a", "b"], map: { a: "" } };
  const found = { set: ["a", "b"], list: ["b", "a"], map: {} };
  expect(read(found, prior)).toEqual(found);
});

it("shows what is gone as undefined, and leaves out what the program left open", () => {
  const result = read({ list: ["a"] }, { set: ["a"] });
  expect(Object.keys(result)).toEqual(["set"]);
  expect(result["set"]).toBeUndefined();
});

it("takes all that is set on an import", () => {
  expect(read({ set: ["a"], list: [], flag: false, map: { a: "" } }, {})).toEqual({ set: ["a"], map: { a: "" } });
});
