import { describe, expect, it } from "vitest";
import { bearerToken } from "./bearer.ts";

describe("bearerToken", () => {
  it.each(["Bearer a.b.c", "bearer a.b.c", "  BEARER   a.b.c "])("takes the token out of %j", (header) => {
    expect(bearerToken(header)).toBe("a.b.c");
  });

  it("takes what is no JWT only from whoever can ask about it", () => {
    expect(bearerToken("Bearer 0p~a+q/u_e==", { opaque: true })).toBe("0p~a+q/u_e==");
    expect(() => bearerToken("Bearer 0p~a+q/u_e==")).toThrow(expect.objectContaining({ code: "DIVE_ERR_TOKEN_MALFORMED" }));
    for (const header of ["Bearer a=b", "Bearer a,b", "Bearer a b", `Bearer ${"c".repeat(9_000)}`]) expect(() => bearerToken(header, { opaque: true })).toThrow(expect.objectContaining({ code: "DIVE_ERR_TOKEN_MALFORMED" }));
  });

  it.each([undefined, "", "  ", "Basic dXNlcg==", "DPoP a.b.c"])("says MISSING for %j", (header) => {
    expect(() => bearerToken(header)).toThrow(expect.objectContaining({ code: "DIVE_ERR_TOKEN_MISSING", statusCode: 401 }));
  });

  it.each(["Bearer", "Bearer a.b", "Bearer a.b.c.d", "Bearer a.b.c d", "Bearer a.b.ü", `Bearer a.b.${"c".repeat(9_000)}`])("says MALFORMED for %.20j", (header) => {
    expect(() => bearerToken(header)).toThrow(expect.objectContaining({ code: "DIVE_ERR_TOKEN_MALFORMED", statusCode: 401 }));
  });
});
