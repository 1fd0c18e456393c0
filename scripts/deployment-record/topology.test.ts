import { expect, test } from "vitest";
import { topologyOf } from "./topology.ts";

test("codes of the hub and of each spoke once, in upper case", () => {
  expect(topologyOf({ config: { "dive:hub": { code: "usa" }, "dive:spokes": [{ code: "FRA" }, { code: "deu" }, { code: "FRA" }] } })).toEqual({ hub: "USA", spokes: ["FRA", "DEU"] });
});

test("the hub of a spoke's stack is not the stack's", () => {
  expect(topologyOf({ config: { "dive:role": "spoke", "dive:hub": { code: "USA" }, "dive:spokes": [{ code: "FRA" }] } })).toEqual({ hub: undefined, spokes: ["FRA"] });
});

test.each([undefined, {}, { config: { "dive:hub": "USA", "dive:spokes": "FRA" } }, { config: { "dive:spokes": [{ code: "nobody" }, 7] } }])("%j names no instance", (file) => {
  expect(topologyOf(file)).toEqual({ hub: undefined, spokes: [] });
});
