import { expect, it } from "vitest";
import { subjectOf } from "./policy-input.ts";

const claims = { iss: "https://realm", uniqueID: "fra:a", clearance: "SECRET", countryOfAffiliation: "FRA" };
const subject = { authenticated: true, uniqueID: "fra:a", clearance: "SECRET", countryOfAffiliation: "FRA", issuer: "https://realm" };

it("a token without the claim is of a person without communities, one whose claim cannot be read is of nobody that policy knows", () => {
  expect(subjectOf({ ...claims, acpCOI: ["NATO"] })).toEqual({ ...subject, acpCOI: ["NATO"] });
  expect(subjectOf(claims)).toEqual({ ...subject, acpCOI: [] });
  for (const acpCOI of ["NATO", ["NATO", 7], ["NATO", ""], null, {}]) expect(subjectOf({ ...claims, acpCOI })).toEqual(subject);
});

it("attributes that are missing, empty or no text are left out, so that policy sees them missing", () => {
  expect(subjectOf({ acpCOI: [], clearance: ["SECRET"], uniqueID: "", sub: "x", role: "admin" })).toEqual({ authenticated: true, acpCOI: [] });
});
