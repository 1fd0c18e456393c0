import { describe, expect, it } from "vitest";
import { LabelError, parseSecurityLabel } from "./index.ts";

const LABEL = {
  classification: "SECRET", releasabilityTo: ["USA", "FRA"], COI: ["FVEY"], coiOperator: "ALL", creationDate: "2026-11-24T02:00:00Z",
} as const;

describe("parseSecurityLabel", () => {
  it("takes a label with and without the optional attributes", () => {
    expect(parseSecurityLabel(LABEL)).toEqual(LABEL);
    const full = { ...LABEL, originalClassification: "TRÈS SECRET", originalCountry: "FRA", releasableToIndustry: false };
    expect(parseSecurityLabel(full)).toEqual(full);
  });

  it("takes a label for nobody, which is a label", () => {
    expect(parseSecurityLabel({ ...LABEL, releasabilityTo: [], COI: [] })).toMatchObject({ releasabilityTo: [] });
  });

  it("is a copy, always in the same order", () => {
    const reversed = Object.fromEntries(Object.entries(LABEL).reverse());
    expect(JSON.stringify(parseSecurityLabel(reversed))).toBe(JSON.stringify(parseSecurityLabel(LABEL)));
  });

  it.each([
    ["classification", "secret"],
    ["classification", undefined],
    ["classification", ["SECRET"]],
    ["releasabilityTo", "USA"],
    ["releasabilityTo", ["USA", "usa"]],
    ["releasabilityTo", ["USA", "USA"]],
    ["releasabilityTo", Array.from({ length: 251 }, () => "USA")],
    ["COI", [""]],
    ["COI", ["FVEY", 7]],
    ["COI", undefined],
    ["coiOperator", "any"],
    ["coiOperator", undefined],
    ["creationDate", "2026-11-24"],
    ["creationDate", "2026-02-30T00:00:00Z"],
    ["creationDate", 1_700_000_000],
    ["releasableToIndustry", "true"],
    ["originalCountry", "France"],
    ["originalClassification", "a\nb"],
    ["caveats", []],
    ["__proto__x", 1],
  ])("refuses %s = %j", (name, value) => {
    expect(() => parseSecurityLabel({ ...LABEL, [name]: value })).toThrow(LabelError);
    expect(() => parseSecurityLabel({ ...LABEL, [name]: value })).toThrow(name);
  });

  it("refuses half an original marking", () => {
    expect(() => parseSecurityLabel({ ...LABEL, originalClassification: "TRES SECRET" })).toThrow("together with originalCountry");
  });

  it.each([[null], [undefined], ["SECRET"], [[LABEL]]])("refuses %j", (value) => {
    expect(() => parseSecurityLabel(value)).toThrow("label must be an object");
  });

  it("does not repeat a long value", () => {
    expect(() => parseSecurityLabel({ ...LABEL, classification: "x".repeat(1_000) })).toThrow(/^.{1,200}$/);
  });
});
