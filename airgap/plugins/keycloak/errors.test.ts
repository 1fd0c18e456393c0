import { describe, expect, it } from "vitest";
import { explain, isPassing, networkCode, neverArrived, statusOf } from "./errors.ts";

const refusal = (status: number, statusText: string, responseData: unknown): Error => Object.assign(new Error("x"), { response: { status, statusText }, responseData });
const fault = (code: string): Error => new TypeError("fetch failed", { cause: Object.assign(new Error(`connect ${code}`), { code }) });

describe("explain", () => {
  it.each([
    [{ errorMessage: "Client x already exists" }, "Client x already exists"],
    [{ error: "invalid_client", error_description: "Invalid client credentials" }, "invalid_client, Invalid client credentials"],
    [{ errors: [{ errorMessage: "error-invalid-length", params: ["username", 3] }] }, "error-invalid-length (username)"],
    ["", "no reason given"],
    [null, "no reason given"],
  ])("says what was wanted, where, and Keycloak's words: %j", (data, words) => {
    const error = explain(refusal(409, "Conflict", data), 'create client "x"', "http://kc", 5, []);
    expect(error.message).toBe(`could not create client "x" at Keycloak http://kc: 409 Conflict: ${words}`);
    expect(error.status).toBe(409);
    expect(error.cause).toBeUndefined();
  });

  it("blots out secrets that Keycloak repeats", () => {
    expect(explain(refusal(400, "Bad Request", { error: "no hunter2 here" }), "x", "u", 5, ["hunter2"]).message).toContain("no [secret] here");
  });

  it("names a time-out's setting, and the fault under a failed fetch", () => {
    expect(explain(new DOMException("aborted", "TimeoutError"), "read", "u", 5, []).message).toBe("could not read at Keycloak u: no answer within 5 s (provider setting clientTimeout)");
    expect(explain(fault("ECONNREFUSED"), "read", "u", 5, []).message).toBe("could not read at Keycloak u: connect ECONNREFUSED");
  });
});

describe("what may be repeated", () => {
  it("is told by code and status", () => {
    expect([fault("ECONNREFUSED"), fault("ECONNRESET"), refusal(503, "", ""), refusal(409, "", "")].map(isPassing)).toEqual([true, true, true, false]);
    expect([fault("ECONNREFUSED"), fault("ECONNRESET"), refusal(503, "", "")].map(neverArrived)).toEqual([true, false, false]);
    expect(statusOf(new Error("x"))).toBeUndefined();
    expect(networkCode(new TypeError("fetch failed", { cause: new AggregateError([Object.assign(new Error(), { code: "ECONNREFUSED" })]) }))).toBe("ECONNREFUSED");
  });
});
