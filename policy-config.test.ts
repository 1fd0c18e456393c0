import { expect, it } from "vitest";
import { parsePolicyConfig } from "./policy-config.ts";

const problemsOf = (raw: unknown): unknown[][] => {
  const problems: unknown[][] = [];
  parsePolicyConfig(raw, (...problem) => problems.push(problem));
  return problems;
};

it("takes a nation's own file and stricter authentication", () => {
  const raw = { spif: "policies/fra.xml", authentication: { RESTRICTED: 2, TOP_SECRET: 3 } };
  expect(problemsOf(raw)).toEqual([]);
  expect(parsePolicyConfig(raw, () => {})).toEqual(raw);
  expect(parsePolicyConfig({}, () => {})).toEqual({ authentication: {} });
});

it.each([
  ["no object", "strict", ["policy"]],
  ["a setting that does not exist", { issuers: {} }, ["policy.issuers"]],
  ["a file outside the project", { spif: "../fra.xml" }, ["policy.spif"]],
  ["an absolute path", { spif: "/fra.xml" }, ["policy.spif"]],
  ["a file that is no XML", { spif: "fra.json" }, ["policy.spif"]],
  ["a list of levels", { authentication: [2] }, ["policy.authentication"]],
  ["a classification that does not exist", { authentication: { COSMIC: 3 } }, ["policy.authentication.COSMIC"]],
  ["less than the coalition wants", { authentication: { SECRET: 1 } }, ["policy.authentication.SECRET"]],
  ["more than there is", { authentication: { TOP_SECRET: 4 } }, ["policy.authentication.TOP_SECRET"]],
  ["half a level", { authentication: { TOP_SECRET: 2.5 } }, ["policy.authentication.TOP_SECRET"]],
  ["more for a lower classification than for a higher one", { authentication: { CONFIDENTIAL: 3 } }, ["policy.authentication.SECRET", "policy.authentication.TOP_SECRET"]],
  ["the same, given", { authentication: { SECRET: 3, TOP_SECRET: 2 } }, ["policy.authentication.TOP_SECRET"]],
])("refuses %s", (_what, raw, keys) => {
  expect(problemsOf(raw).map(([key]) => key)).toEqual(keys);
});
