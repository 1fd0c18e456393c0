import * as fs from "node:fs";
import { describe, expect, it } from "vitest";
import { defaultSpif } from "./policy-instance.ts";
import { parseSpif, SpifError } from "./spif.ts";

const shipped = fs.readFileSync(new URL(`../${defaultSpif}`, import.meta.url), "utf8");

describe("the coalition's file", () => {
  const table = parseSpif(shipped, defaultSpif);

  it("names policy, classifications and qualifiers", () => {
    expect(table.policy).toEqual({ name: "NATO", id: "1.3.26.1.3.1" });
    expect(table.classifications).toEqual({
      UNCLASSIFIED: { phrase: "NATO UNCLASSIFIED" },
      RESTRICTED: { phrase: "NATO RESTRICTED" },
      CONFIDENTIAL: { phrase: "NATO CONFIDENTIAL" },
      SECRET: { phrase: "NATO SECRET" },
      TOP_SECRET: { phrase: "COSMIC TOP SECRET" },
    });
    expect(table.qualifiers).toEqual({
      communities: { prefix: "COI ", separator: "/", suffix: "" },
      releasability: { prefix: "REL TO ", separator: ", ", suffix: "" },
    });
    expect(table.countries).toEqual({});
  });

  it("names communities, by their phrase or their own name", () => {
    expect(table.communities["NATO-COSMIC"]).toEqual({ phrase: "NATO-COSMIC" });
    expect(table.communities["Alpha"]).toEqual({ phrase: "ALPHA" });
    expect(Object.keys(table.communities)).toHaveLength(14);
  });
});

describe("a nation's own file", () => {
  it("may use no prefix, its own phrases and its own names of countries", () => {
    const own = shipped
      .replaceAll("spif:", "")
      .replaceAll("xmlns:spif", "xmlns")
      .replace('phrase="NATO SECRET"', 'phrase="SECRET &amp; SECRET"')
      .replace('tagType="permissive">', 'tagType="permissive"><tagCategory name="DEU"><markingData phrase="GER"/></tagCategory>');
    expect(parseSpif(own, "own.xml")).toMatchObject({ classifications: { SECRET: { phrase: "SECRET & SECRET" } }, countries: { DEU: "GER" } });
  });

  it.each([
    ["no XML", () => "SECRET", /line 1/],
    ["an element that does not end", (xml: string) => xml.replace("</spif:SPIF>", ""), /line \d+, column \d+/],
    ["a document type", (xml: string) => xml.replace("<spif:SPIF", '<!DOCTYPE x [<!ENTITY a "b">]><spif:SPIF'), /document type/],
    ["another root", () => "<policy/>", /root element is not SPIF/],
    ["no policy id", (xml: string) => xml.replace(/<spif:securityPolicyId[^>]*>/, ""), /no securityPolicyId/],
    ["a missing classification", (xml: string) => xml.replace('name="RESTRICTED"', 'name="LIMITED"'), /UNCLASSIFIED < LIMITED < .*expected UNCLASSIFIED < RESTRICTED/],
    ["another order", (xml: string) => xml.replace('hierarchy="5"', 'hierarchy="0"'), /TOP_SECRET < UNCLASSIFIED.*expected/],
    ["one hierarchy twice", (xml: string) => xml.replace('hierarchy="5"', 'hierarchy="4"'), /different whole numbers/],
    ["a classification without a phrase", (xml: string) => xml.replace(' phrase="NATO SECRET"', ""), /SECRET has no markingData/],
    ["no communities", (xml: string) => xml.replace('TagSet name="Community of interest"', 'TagSet name="COI"'), /no securityCategoryTagSet "Community of interest"/],
    ["a country that is none", (xml: string) => xml.replace('tagType="permissive">', 'tagType="permissive"><spif:tagCategory name="Germany"/>'), /Germany, which is no ISO/],
  ])("is refused with %s", (_what, change, message) => {
    expect(() => parseSpif(change(shipped), "own.xml")).toThrow(SpifError);
    expect(() => parseSpif(change(shipped), "own.xml")).toThrow(message);
    expect(() => parseSpif(change(shipped), "own.xml")).toThrow(/own\.xml/);
  });
});
