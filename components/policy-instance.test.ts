import { expect, it } from "vitest";
import { parseTopology } from "../config.ts";
import { sitesOf } from "./endpoints.ts";
import { instanceSpif, instanceTable } from "./policy-instance.ts";

const root = new URL("..", import.meta.url).pathname;
const sites = (hub: object = {}) => sitesOf(parseTopology({ hub: { code: "USA", ...hub }, spokes: [{ code: "FRA" }, { code: "DEU" }] }, "dev", root));
const issuerOf = (code: string) => sites().hub!.members.find((member) => member.code === code)!.issuer;

it("lets the hub trust every realm, each for itself and those that sign in through it", () => {
  const table = instanceTable(sites().hub!);
  expect(table.code).toBe("USA");
  expect(Object.keys(table.issuers)).toEqual(["USA", "DEU", "FRA"].map(issuerOf));
  expect(table.issuers[issuerOf("USA")]).toEqual({ country: "USA", countries: { USA: true, FRA: true, DEU: true }, organization_type: "GOV" });
  expect(table.issuers[issuerOf("FRA")]).toEqual({ country: "FRA", countries: { USA: true, FRA: true }, organization_type: "GOV" });
  expect(table.matrix).toEqual({ USA: { USA: true, FRA: true, DEU: true } });
});

it("lets a spoke trust its own realm and the hub's, and no other spoke's", () => {
  const fra = instanceTable(sites().spokes[0]!);
  expect(Object.keys(fra.issuers)).toEqual(["USA", "FRA"].map(issuerOf));
  expect(fra.matrix).toEqual({ FRA: { USA: true, FRA: true, DEU: true } });
});

it("takes over what a nation tightened", () => {
  expect(instanceTable(sites().hub!).authentication).toEqual({});
  expect(instanceTable(sites({ policy: { authentication: { TOP_SECRET: 3 } } }).hub!).authentication).toEqual({ TOP_SECRET: 3 });
});

it("reads the coalition's file, or the nation's own", () => {
  expect(instanceSpif(sites().hub!).policy.name).toBe("NATO");
  expect(() => instanceSpif(sites({ policy: { spif: "policies/none.xml" } }).hub!)).toThrow(/policies\/none\.xml/);
});
