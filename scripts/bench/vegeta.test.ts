import { expect, test } from "vitest";
import { targetsOf } from "./vegeta.ts";

test("every request is a line of its own that is ended, with lists of header values and its body in base64", () => {
  const url = "https://localhost:1/a";
  const lines = targetsOf([{ method: "GET", url, headers: { a: "b" } }, { method: "POST", url, headers: {}, body: "x\ny" }]).split("\n");
  expect(lines.pop()).toBe("");
  expect(lines.map((line) => JSON.parse(line))).toEqual([{ method: "GET", url, header: { a: ["b"] } }, { method: "POST", url, header: {}, body: "eAp5" }]);
});
