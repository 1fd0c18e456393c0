import { describe, expect, it } from "vitest";
import { bearerToken } from "./bearer.ts";

describe("bearerToken", () => {
  it.each(["Bearer a.b.c", "bearer a.b.c", "  BEARER   a.b.c "])("takes the token out of %j", (header) => {
    expect(bearerToken(header)).toBe("a.b.c");
  });

  it.each([undefined, "", "  ", "Basic dXNlcg==", "DPoP a.b.c"])("says MISSING for %j", (header) => {
    expect(() => bearerToken(header)).toThrow(expect.objectContaining({ code: "DIVE_ERR_TOKEN_MISSING", statusCode: 401 }));
  });

  it.each(["Bearer", "Bearer a.b", "Bearer a.b.c.d", "Bearer a.b.c d", "Bearer a.b.ü", `Bearer a.b.${"c".repeat(9_000)}`])("says MALFORMED for %.20j", (header) => {
    expect(() => bearerToken(header)).toThrow(expect.objectContaining({ code: "DIVE_ERR_TOKEN_MALFORMED", statusCode: 401 }));
  });
});
